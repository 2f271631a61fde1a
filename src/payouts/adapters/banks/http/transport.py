"""HTTP exchanges with a bank, each with one deadline, without retries or redirects."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpcore
import structlog

from payouts.adapters.banks.http.protocol import Reply
from payouts.adapters.http_deadline import DeadlineBackend, deadline_in

_IDLE_SECONDS = 30


class HttpTransport:
    """Connections to one bank, kept open between exchanges.

    One exchange takes at most `deadline_seconds` in all, and reads at most `max_body_bytes`.
    Nothing is retried and no redirect is followed.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str,
        deadline_seconds: float,
        connections: int,
        max_body_bytes: int,
    ) -> None:
        self._url = url.rstrip("/")
        # httpcore would write an IPv6 address without its brackets (RFC 9110, 7.2).
        self._host = urlsplit(url).netloc
        self._authorization = f"Bearer {token}"
        self._deadline_seconds = deadline_seconds
        self._max_body_bytes = max_body_bytes
        self._pool = httpcore.ConnectionPool(
            max_connections=connections,
            keepalive_expiry=_IDLE_SECONDS,
            retries=0,
            network_backend=DeadlineBackend(),
        )

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        """Raise httpcore's NetworkError, TimeoutException or ProtocolError."""
        with (
            deadline_in(self._deadline_seconds),
            self._pool.stream(
                method,
                f"{self._url}{path}",
                headers=[
                    ("Host", self._host),
                    ("Authorization", self._authorization),
                    ("Accept", "application/json"),
                    *_request_id().items(),
                    *headers.items(),
                ],
                content=body,
                extensions={"timeout": {"pool": self._deadline_seconds}},
            ) as response,
        ):
            return Reply(
                status=response.status,
                retry_after=_header(response, b"retry-after"),
                body=_read_at_most(response, self._max_body_bytes),
            )


def _request_id() -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"X-Request-ID": request_id} if request_id else {}


def _header(response: httpcore.Response, name: bytes) -> str:
    values = [value for header, value in response.headers if header.lower() == name]
    return values[0].decode("latin-1") if values else ""


def _read_at_most(response: httpcore.Response, limit: int) -> bytes | None:
    """Return the body, or None as soon as it exceeds the limit."""
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
