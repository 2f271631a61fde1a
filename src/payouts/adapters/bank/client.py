"""Asks the bank, and takes nothing for certain that it did not say clearly."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from urllib.parse import quote

import httpcore
import structlog

from payouts.adapters.bank.deadline import DeadlineBackend, deadline
from payouts.adapters.bank.protocol import Reply, read_reply, transfer_request
from payouts.domain.bank_answer import BankAnswer, NotAccepted, NotAuthorised, Unknown
from payouts.domain.payout import PayoutOrder

log = structlog.get_logger("payouts")

MAX_BODY_BYTES = 64 * 1024
_IDLE_SECONDS = 30


class HttpBank:
    """Serve the port `Bank` in the protocol that docs/bank-protocol.md describes.

    One exchange takes at most `deadline_seconds` in all. Nothing is retried and no redirect is
    followed here: what was not clearly answered is for the next attempt to ask again.
    """

    def __init__(self, *, url: str, token: str, deadline_seconds: float, connections: int) -> None:
        self._transfers_url = f"{url.rstrip('/')}/v1/transfers"
        self._authorization = f"Bearer {token}"
        self._deadline_seconds = deadline_seconds
        self._pool = httpcore.ConnectionPool(
            max_connections=connections,
            keepalive_expiry=_IDLE_SECONDS,
            retries=0,
            network_backend=DeadlineBackend(),
        )

    def send(self, order: PayoutOrder) -> BankAnswer:
        return self._ask(
            "POST",
            self._transfers_url,
            {"Content-Type": "application/json", "Idempotency-Key": order.reference},
            json.dumps(transfer_request(order)).encode(),
            reference=order.reference,
        )

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        url = f"{self._transfers_url}/{quote(order.reference, safe='')}"
        return self._ask("GET", url, {}, b"", reference=order.reference)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, reference: str
    ) -> BankAnswer:
        started = monotonic()
        status: int | None = None
        try:
            reply = self._exchange(method, url, headers, body)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            answer: BankAnswer = NotAccepted(f"no connection to the bank ({type(error).__name__})")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            answer = Unknown(f"no whole answer from the bank ({type(error).__name__})")
        else:
            status = reply.status
            answer = read_reply(reply, method)
        tell = log.error if isinstance(answer, NotAuthorised) else log.info
        tell(
            "bank.answered",
            method=method,
            reference=reference,
            http_status=status,
            answer=type(answer).__name__,
            duration_ms=round((monotonic() - started) * 1000, 1),
        )
        return answer

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        with (
            _deadline_in(self._deadline_seconds),
            self._pool.stream(
                method,
                url,
                headers=[
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
                body=_read_at_most(response, MAX_BODY_BYTES),
            )


@contextmanager
def _deadline_in(seconds: float) -> Iterator[None]:
    token = deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


def _request_id() -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"X-Request-ID": request_id} if request_id else {}


def _header(response: httpcore.Response, name: bytes) -> str:
    values = [value for header, value in response.headers if header.lower() == name]
    return values[0].decode("latin-1") if values else ""


def _read_at_most(response: httpcore.Response, limit: int) -> bytes | None:
    """Return the body, or None as soon as it is longer than any answer can be."""
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
