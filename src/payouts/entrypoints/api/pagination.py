"""Cursors, and the addresses of the neighbouring pages."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from payouts.application.views import Page, Position
from payouts.entrypoints.api.fields import LARGEST_ID

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_cursor(position: Position) -> str:
    """Spell a position so that clients do not take it apart: it may change with any version."""
    direction = "newer" if position.newer else "older"
    microseconds = (position.created_at - _EPOCH) // _MICROSECOND
    plain = f"{direction}.{microseconds}.{position.id}"
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """Raise ValidationError unless `encode_cursor` could have made it."""
    try:
        plain = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        direction, microseconds, id_ = plain.decode("ascii").split(".")
        position = Position(
            _EPOCH + int(microseconds) * _MICROSECOND, int(id_), newer=direction == "newer"
        )
        if encode_cursor(position) == cursor and 0 < position.id <= LARGEST_ID:
            return position
    except (binascii.Error, ValueError, OverflowError):
        pass
    raise ValidationError("This cursor was not made here.", code="cursor_malformed")


def page_size(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < len("1000000")):
        raise ValidationError("Give a whole number.", code="page_size_malformed")
    if not 1 <= int(text) <= MAX_PAGE_SIZE:
        raise ValidationError(f"Give 1 to {MAX_PAGE_SIZE}.", code="page_size_out_of_range")
    return int(text)


def envelope(page: Page[Any], *, address: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put a page in; `address` is where the list is, `parameters` are those of this page."""
    shared = urlencode([each for each in parameters.items() if each[0] != "cursor"])
    start = f"{address}?{shared}&cursor=" if shared else f"{address}?cursor="

    def link(position: Position | None) -> str | None:
        return start + encode_cursor(position) if position else None

    return {"next": link(page.next), "previous": link(page.previous), "results": page.rows}


def address_of(request: Request | HttpRequest) -> str:
    """Return where the request went, as its client sees it, without the parameters."""
    return f"{request.scheme}://{request.get_host()}{request.path}"
