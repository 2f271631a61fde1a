"""An HTTP server of which a test writes each answer byte by byte."""

import re
import socket
import socketserver
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import sleep
from typing import Any, Self

type Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True)
class RawRequest:
    """`connection` counts the connections that the server has accepted so far."""

    connection: int
    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        return self.head.split(b" ")[1].decode()

    @property
    def headers(self) -> dict[str, str]:
        lines = [line.partition(": ") for line in self.head.decode().split("\r\n")[1:] if line]
        return {name.lower(): value for name, _, value in lines}


def says(status: int, body: bytes = b"", *headers: str) -> Behaviour:
    """Answer, and keep the connection open."""
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    message = "\r\n".join([*head, "", ""]).encode() + body
    return lambda connection: connection.sendall(message)


def trickles(text: bytes, then: bytes) -> Behaviour:
    """Send a text at once, then something else again and again, ten times a second."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(text)
        while True:
            connection.sendall(then)
            sleep(0.1)

    return behave


@dataclass
class RawServer:
    """`behave` answers each request. `requests` are those that have arrived."""

    behave: Behaviour = field(default_factory=lambda: says(204))
    requests: list[RawRequest] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @classmethod
    @contextmanager
    def start(
        cls, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> Iterator[Self]:
        raw, lock = cls(), Lock()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, ssl.SSLError):  # the client may go at any time
                    plain = self.request
                    with tls.wrap_socket(plain, server_side=True) if tls else plain as connection:
                        with lock:
                            raw.connections += 1
                            number = raw.connections
                        while request := _read(connection, number):
                            raw.requests.append(request)
                            raw.behave(connection)

        class Server(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                raise AssertionError from None

        with Server((host, port), Handler) as server:
            raw.port = server.server_address[1]
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield raw
            finally:
                server.shutdown()
                thread.join(5)


def _read(connection: socket.socket, number: int) -> RawRequest | None:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (chunk := connection.recv(65536)):
            return None
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: ([0-9]+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return RawRequest(number, head, body)
