"""A bank that keeps the protocol and takes little CPU time, so that the service is measured.

It remembers references: a second order under a reference is counted and answered with the first
transfer. `GET /count` returns the number of transfers and of repeated orders.
"""

import argparse
import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REASONS = {200: "OK", 201: "Created", 404: "Not Found"}


@dataclass
class Bank:
    delay_seconds: float
    transfers: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeated: int = 0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/count":
            return 200, {"transfers": len(self.transfers), "repeated": self.repeated}
        if method == "POST":
            return self._pay(json.loads(body))
        transfer = self.transfers.get(path.rpartition("/")[2])
        return (200, transfer) if transfer else (404, {})

    def _pay(self, order: dict[str, Any]) -> tuple[int, Any]:
        reference = order["reference"]
        if reference in self.transfers:
            self.repeated += 1
            return 200, self.transfers[reference]
        transfer = {
            "id": f"bench-{len(self.transfers)}",
            "reference": reference,
            "status": "ACSC",
            "reason": None,
            "amount": order["amount"],
            "currency": order["currency"],
        }
        self.transfers[reference] = transfer
        return 201, transfer


class Connection(asyncio.Protocol):
    """One connection, whose requests come one after the other."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        if not end or len(body) < length:
            return
        self._received = b""
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        status, answer = self._bank.answer(method, path, body)
        content = json.dumps(answer).encode()
        reply = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        ).encode() + content
        if self._bank.delay_seconds and method == "POST":
            loop = asyncio.get_running_loop()
            loop.call_later(self._bank.delay_seconds, self._transport.write, reply)
        else:
            self._transport.write(reply)


async def serve(port: int, delay_seconds: float) -> None:
    bank = Bank(delay_seconds)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(bank), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0, help="seconds before each answer")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.delay))


if __name__ == "__main__":
    main()
