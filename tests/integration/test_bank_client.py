"""The client of the bank, with a server that misbehaves."""

import json
import re
import socket
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import monotonic, sleep

import pytest
from tests.running import free_port
from tests.unit.samples import a_transfer, an_order

from payouts.adapters.banks.http import HttpBank
from payouts.domain.bank_answer import (
    NotAccepted,
    NotAuthorised,
    NotKnown,
    Refused,
    Transfer,
    TransferStatus,
    Unknown,
)

ORDER = an_order()
TOKEN = "the-token"
DEADLINE_SECONDS = 0.6

Behaviour = Callable[[socket.socket], None]


class Ipv6Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6


@contextmanager
def a_bank(behave: Behaviour, *, host: str = "127.0.0.1", path: str = "") -> Iterator[HttpBank]:
    """Serve one connection after the other: read a request's head and body, then behave."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            received = b""
            while b"\r\n\r\n" not in received:
                received += self.request.recv(65536)
            head, _, body = received.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: ([0-9]+)", head)
            while length and len(body) < int(length[1]):
                body += self.request.recv(65536)
            received = head + b"\r\n\r\n" + body
            requests.append(received)
            with suppress(OSError):  # the client has gone, as it should
                behave(self.request)

    requests: list[bytes] = []
    server_class = Ipv6Server if ":" in host else socketserver.ThreadingTCPServer
    server = server_class((host.strip("[]"), 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        bank = HttpBank(
            url=f"http://{host}:{server.server_address[1]}{path}",
            token=TOKEN,
            deadline_seconds=DEADLINE_SECONDS,
            connections=2,
        )
        bank.requests = requests  # type: ignore[attr-defined]
        yield bank
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def says(status: int, body: bytes = b"", *headers: str) -> Behaviour:
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    message = "\r\n".join([*head, "", ""]).encode() + body
    return lambda connection: connection.sendall(message)


def transfer(**fields: object) -> bytes:
    known = {
        "id": "T1",
        "reference": ORDER.reference,
        "status": "ACSC",
        "reason": None,
        "amount": ORDER.terms.money.text,
        "currency": "USD",
    }
    return json.dumps(known | fields).encode()


def drips(connection: socket.socket) -> None:
    """Answer byte by byte, each sooner than any single time-out, for longer than the deadline."""
    for byte in b"HTTP/1.1 201 Created\r\nX-Slow: " + b"x" * 200:
        connection.sendall(bytes([byte]))
        sleep(0.05)


class TestAddress:
    @pytest.mark.parametrize("path", ["", "/", "/api/"])
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
    def test_is_named_in_each_request(self, host: str, path: str) -> None:
        with a_bank(says(201, transfer()), host=host, path=path) as bank:
            assert isinstance(bank.send(ORDER), Transfer)
            [request] = bank.requests  # type: ignore[attr-defined]

        start, *headers = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        assert start == f"POST {path.rstrip('/')}/v1/transfers HTTP/1.1"
        # With brackets (RFC 9110, 7.2): without them a server may answer 400, which is a refusal.
        [named] = [line for line in headers if line.lower().startswith("host:")]
        assert re.fullmatch(rf"Host: {re.escape(host)}:[0-9]+", named)


class TestSend:
    @pytest.mark.parametrize("status", [200, 201])
    def test_reads_a_transfer(self, status: int) -> None:
        with a_bank(says(status, transfer())) as bank:
            assert bank.send(ORDER) == a_transfer(ORDER, TransferStatus.SETTLED, reason="MS03")

    def test_sends_the_remittance_information_and_never_the_metadata(self) -> None:
        order = an_order(remittance_information="Invoice 8", metadata={"secret": "of the client"})
        with a_bank(says(201, transfer())) as bank:
            bank.send(order)
            [request] = bank.requests  # type: ignore[attr-defined]
        assert b'"remittance_information": "Invoice 8"' in request
        assert b"of the client" not in request

    def test_sends_the_reference_as_the_idempotency_key(self) -> None:
        with a_bank(says(201, transfer())) as bank:
            bank.send(ORDER)
            [request] = bank.requests  # type: ignore[attr-defined]
        assert b"POST /v1/transfers HTTP/1.1" in request
        assert f"Idempotency-Key: {ORDER.reference}".encode() in request
        assert f"Authorization: Bearer {TOKEN}".encode() in request

    def test_reads_a_rejection_with_its_reason(self) -> None:
        with a_bank(says(201, transfer(status="RJCT", reason="AC04"))) as bank:
            assert bank.send(ORDER) == a_transfer(ORDER, TransferStatus.REJECTED, reason="AC04")

    @pytest.mark.parametrize("status", [400, 422])
    def test_reads_a_refused_order_as_final(self, status: int) -> None:
        with a_bank(says(status, b'{"reason": "AM02"}')) as bank:
            answer = bank.send(ORDER)
        assert isinstance(answer, Refused)
        assert answer.reason == "AM02"

    @pytest.mark.parametrize(
        ("status", "header", "seconds"),
        [(429, "Retry-After: 7", 7), (503, "Retry-After: 7", 7), (429, "X: y", 0)],
    )
    def test_reads_responses_that_prove_nothing_was_accepted(
        self, status: int, header: str, seconds: float
    ) -> None:
        with a_bank(says(status, b"", header)) as bank:
            answer = bank.send(ORDER)
        assert isinstance(answer, NotAccepted)
        assert answer.retry_after_seconds == seconds

    @pytest.mark.parametrize("status", [401, 403])
    def test_reads_401_and_403_as_not_authorised(self, status: int) -> None:
        with a_bank(says(status)) as bank:
            assert isinstance(bank.send(ORDER), NotAuthorised)

    def test_reads_a_refused_connection_as_not_accepted(self) -> None:
        bank = HttpBank(
            url=f"http://127.0.0.1:{free_port()}", token="", deadline_seconds=1, connections=1
        )
        assert isinstance(bank.send(ORDER), NotAccepted)


class TestUnknown:
    @pytest.mark.parametrize(
        "behave",
        [
            pytest.param(says(500), id="500"),
            pytest.param(says(503), id="503 without Retry-After"),
            pytest.param(says(502, transfer()), id="502 with a fine body"),
            pytest.param(says(302, b"", "Location: /elsewhere"), id="a redirect"),
            pytest.param(says(404), id="404"),
            pytest.param(says(409), id="409"),
            pytest.param(says(204), id="204"),
            pytest.param(says(201, b""), id="an empty body"),
            pytest.param(says(201, b"<html>"), id="not JSON"),
            pytest.param(says(201, b"[]"), id="no object"),
            pytest.param(says(201, b"[" * 50_000), id="too deep"),
            pytest.param(says(201, b'"\xff"'), id="not UTF-8"),
            pytest.param(says(201, transfer() + b" " * 2_000_000), id="2 MB"),
            pytest.param(says(201, transfer(status="DONE")), id="a status of its own"),
            pytest.param(says(201, transfer(status=None)), id="no status"),
            pytest.param(says(201, transfer(amount=10.0)), id="a float"),
            pytest.param(says(201, transfer(amount="1e1")), id="an exponent"),
            pytest.param(says(201, transfer(currency=None)), id="no currency"),
            pytest.param(says(201, transfer(reference=None)), id="no reference"),
            pytest.param(lambda _: None, id="the line dropped"),
            pytest.param(lambda connection: connection.sendall(b"HTTP/1.1 201 X\r\nA:"), id="cut"),
            pytest.param(lambda connection: connection.sendall(b"SSH-2.0\r\n"), id="not HTTP"),
            pytest.param(lambda _: sleep(2), id="silence"),
            pytest.param(drips, id="byte by byte"),
        ],
    )
    def test_is_the_result_of_every_unclear_answer(self, behave: Behaviour) -> None:
        started = monotonic()
        with a_bank(behave) as bank:
            answer = bank.send(ORDER)
            took_seconds = monotonic() - started
        assert isinstance(answer, Unknown)
        assert took_seconds < DEADLINE_SECONDS + 0.4

    def test_causes_no_second_request(self) -> None:
        with a_bank(lambda _: None) as bank:
            bank.send(ORDER)
            assert len(bank.requests) == 1  # type: ignore[attr-defined]


class TestLookUp:
    def test_reads_404_as_not_known(self) -> None:
        with a_bank(says(404)) as bank:
            assert isinstance(bank.look_up(ORDER), NotKnown)

    def test_reads_400_as_unknown(self) -> None:
        with a_bank(says(400)) as bank:
            assert isinstance(bank.look_up(ORDER), Unknown)

    def test_requests_the_reference(self) -> None:
        with a_bank(says(200, transfer(status="PDNG"))) as bank:
            answer = bank.look_up(ORDER)
            [request] = bank.requests  # type: ignore[attr-defined]
        assert answer == a_transfer(ORDER, TransferStatus.PENDING, reason="MS03")
        assert request.startswith(f"GET /v1/transfers/{ORDER.reference} HTTP/1.1".encode())
