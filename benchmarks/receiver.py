"""A receiver of webhooks that takes little CPU time, so that the worker is measured.

`/hang` never answers; every other path answers 204 at once. `GET /count` returns how many messages
were answered, and how many of them came a second time.
"""

import argparse
import asyncio
import json
import re
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb"\r\nwebhook-id: *(\S+)", re.IGNORECASE)


@dataclass
class Receiver:
    seen: set[bytes] = field(default_factory=set)
    messages: int = 0

    def answer(self, method: bytes, path: bytes, head: bytes) -> bytes | None:
        if method == b"GET":
            counts = {"messages": self.messages, "repeated": self.messages - len(self.seen)}
            body = json.dumps(counts).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        if path == b"/hang":
            return None
        found = _ID.search(head)
        assert found
        self.messages += 1
        self.seen.add(path + found[1])
        return b"HTTP/1.1 204 No Content\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection, whose requests come one after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
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
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if answer := self._receiver.answer(method, path, head):
            self._transport.write(answer)


async def serve(port: int) -> None:
    receiver = Receiver()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(receiver), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
