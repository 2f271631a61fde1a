"""What came back from an endpoint."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from types import MappingProxyType
from typing import Final

import httpcore

from payouts.adapters.webhooks.resolver import NameNotResolvedError
from payouts.domain.errors import HttpsRequiredError, WebhookAddressRefusedError
from payouts.domain.text import CONTROL_CHARACTERS
from payouts.domain.webhooks.retries import Answer

MAX_BODY_BYTES: Final = 64 * 1024
EXCERPT_BYTES: Final = 1024
ERROR_LIMIT: Final = 255
_SECONDS = re.compile(r"[0-9]{1,9}")

# The first class that fits counts. A text that ends in a colon is followed by the error's own.
_REASONS: Final[Mapping[type[Exception], str]] = MappingProxyType(
    {
        httpcore.ConnectTimeout: "No connection in time.",
        httpcore.TimeoutException: "No answer in time.",
        httpcore.ConnectError: "No connection:",
        httpcore.ProxyError: "The proxy refused:",
        httpcore.NetworkError: "The connection broke before an answer had arrived:",
        httpcore.ProtocolError: "The answer is not HTTP:",
        NameNotResolvedError: "No connection:",
        WebhookAddressRefusedError: "Not sent:",
        HttpsRequiredError: "Not sent:",
    }
)
FAILURES: Final = tuple(_REASONS)
"""What may go wrong while a message is sent."""


def read_answer(response: httpcore.Response, *, started: float) -> Answer:
    """Read the beginning of the body. The status counts, even if the body then breaks off."""
    return Answer(
        status_code=response.status,
        excerpt=_to_text(_read_beginning(response)),
        retry_after_seconds=_retry_after_seconds(response),
        duration_seconds=monotonic() - started,
    )


def explain(error: Exception) -> str:
    """Say in one line why there is no answer."""
    reason = next(text for kind, text in _REASONS.items() if isinstance(error, kind))
    line = f"{reason} {error}" if reason.endswith(":") else reason
    return _to_text(line.encode(errors="replace"))[:ERROR_LIMIT]


def _read_beginning(response: httpcore.Response) -> bytes:
    """Stop at 64 KiB. A connection with a shorter body can be used again."""
    body = bytearray()
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for chunk in response.iter_stream():
            body += chunk
            if len(body) >= MAX_BODY_BYTES:
                break
    return bytes(body[:EXCERPT_BYTES])


def _to_text(data: bytes) -> str:
    """Replace what PostgreSQL does not store, or what could forge a line of a log or a screen."""
    return CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", data.decode(errors="replace"))


def _retry_after_seconds(response: httpcore.Response) -> float:
    """Read both forms of Retry-After (RFC 9110, 10.2.3); 0 if there is none."""
    values = [value for name, value in response.headers if name.lower() == b"retry-after"]
    text = values[0].decode("latin-1").strip() if values else ""
    if _SECONDS.fullmatch(text):
        return float(text)
    with suppress(ValueError):
        date = parsedate_to_datetime(text)
        return max(
            0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        )
    return 0
