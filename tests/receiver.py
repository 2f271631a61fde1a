"""An HTTP server that receives the sandbox bank's callbacks; a test sets its responses."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from typing import Any, Self, override

from standardwebhooks import Webhook

HANG = 0
_PATH = "/callbacks/"


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes
    at_seconds: float

    @property
    def message(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def reference(self) -> str:
        return str(self.message["data"]["reference"])


@dataclass
class Receiver:
    """`answers` are the statuses by the transfer's reference; 204 for all others."""

    secret: str
    url: str = ""
    answers: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    @classmethod
    @contextmanager
    def start(cls, *, secret: str) -> Iterator[Self]:
        receiver = cls(secret)

        class Handler(_Handler):
            record = staticmethod(receiver.record)

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            receiver.url = f"http://127.0.0.1:{server.server_port}{_PATH}"
            Thread(target=server.serve_forever, args=(0.05,)).start()
            try:
                yield receiver
            finally:
                server.shutdown()

    @property
    def bank_settings(self) -> dict[str, str]:
        return {"BANK_CALLBACK_URL": self.url, "BANK_CALLBACK_SECRET": self.secret}

    def calls_about(self, order: dict[str, Any]) -> list[Call]:
        return [call for call in self.calls if call.reference == order["reference"]]

    def verify(self, call: Call) -> None:
        """Raise unless the call has a valid signature of the last minutes."""
        Webhook(self.secret).verify(call.body, call.headers)

    def record(self, call: Call) -> int:
        self.calls.append(call)
        return self.answers.get(call.reference, 204)


class _Handler(BaseHTTPRequestHandler):
    record: Callable[[Call], int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.record(Call(self.path, dict(self.headers), body, monotonic()))
        if status == HANG:
            self.rfile.read(1)  # until the caller gives up
            return
        self.send_response(status)
        self.send_header("Location", "/elsewhere/")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass
