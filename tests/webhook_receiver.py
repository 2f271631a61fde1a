"""An HTTP server that receives webhooks; a test sets its answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self, override

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Message:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def type(self) -> str:
        return str(self.content["type"])


@dataclass
class WebhookReceiver:
    """Answers 204, after the `answers` that a test sets; nothing while it `hangs`."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    hangs: bool = False
    has_ended: Event = field(default_factory=Event)

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Self]:
        receiver = cls()

        class Handler(_Handler):
            answer = staticmethod(receiver.answer)

        with _Server(("127.0.0.1", 0), Handler) as server:
            receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks"
            Thread(target=server.serve_forever, args=(0.05,)).start()
            try:
                yield receiver
            finally:
                receiver.has_ended.set()
                server.shutdown()

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    @property
    def types(self) -> list[str]:
        return [message.type for message in self.messages]

    def verify(self, secret: str) -> None:
        """Raise unless each message has a valid signature of the last minutes."""
        for message in self.messages:
            Webhook(secret).verify(message.body, message.headers)

    def answer(self, message: Message) -> int:
        self.messages.append(message)
        if self.hangs:
            self.has_ended.wait(30)
        return self.answers.pop(0) if self.answers else 204


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @staticmethod
    def answer(message: Message) -> int:
        raise NotImplementedError

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.answer(Message(headers, body)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass
