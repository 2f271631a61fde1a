"""A receiver of webhooks on this machine, which verifies each message (Standard Webhooks)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, override

from standardwebhooks import Webhook, WebhookVerificationError

HOST = "127.0.0.1"
MAX_BODY_BYTES = 64 * 1024
READ_LIMIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message with its `webhook-id`. `is_genuine`: the signature is right."""

    id: str
    content: dict[str, Any]
    is_genuine: bool


class WebhookReceiver(ThreadingHTTPServer):
    """Passes each message on. Answers 204 when the signature is right, else 400."""

    daemon_threads = True

    def __init__(self, receive: Callable[[ReceivedMessage], None]) -> None:
        # Port 0: the kernel chooses a free one.
        super().__init__((HOST, 0), _Handler)
        self.receive = receive
        # Unknown until the webhook exists, which needs our address.
        self.secret = ""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Receive in a thread for as long as the block runs."""
        thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: WebhookReceiver
    timeout = READ_LIMIT_SECONDS
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(length)
        is_genuine = self._verify(body)
        self._answer(HTTPStatus.NO_CONTENT if is_genuine else HTTPStatus.BAD_REQUEST)
        self.server.receive(
            ReceivedMessage(self.headers.get("webhook-id", ""), _decode(body), is_genuine)
        )

    def _verify(self, body: bytes) -> bool:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            Webhook(self.server.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            return False
        return True

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the messages are what the user wants to see."""


def _decode(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
