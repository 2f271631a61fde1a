"""Cursors and page sizes."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

from rest_framework.serializers import ValidationError

from payouts.application.read_models import EventPosition, Position
from payouts.entrypoints.api.fields import LARGEST_ID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_cursor(position: Position) -> str:
    """Encode a position. The encoding is opaque to clients and may change with any version."""
    direction = "newer" if position.newer else "older"
    microseconds = (position.created_at - _EPOCH) // _MICROSECOND
    return _encode(f"{direction}.{microseconds}.{position.id}")


def decode_cursor(cursor: str) -> Position:
    """Raise ValidationError unless `encode_cursor` could have made it."""
    with suppress(binascii.Error, ValueError, OverflowError):
        direction, microseconds, id_ = _decode(cursor).split(".")
        position = Position(
            _EPOCH + int(microseconds) * _MICROSECOND, int(id_), newer=direction == "newer"
        )
        if encode_cursor(position) == cursor and 0 < position.id <= LARGEST_ID:
            return position
    raise _malformed()


def encode_event_cursor(position: EventPosition) -> str:
    """Encode a place among the events of all payouts, as opaquely."""
    return _encode(f"event.{position.transaction_id}.{position.id}")


def decode_event_cursor(cursor: str) -> EventPosition:
    """Raise ValidationError unless `encode_event_cursor` could have made it."""
    with suppress(binascii.Error, ValueError):
        _, transaction_id, id_ = _decode(cursor).split(".")
        position = EventPosition(int(transaction_id), int(id_))
        is_in_range = all(0 <= each <= LARGEST_ID for each in astuple(position))
        if encode_event_cursor(position) == cursor and is_in_range:
            return position
    raise _malformed()


def _encode(plain: str) -> str:
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    return urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")


def _malformed() -> ValidationError:
    return ValidationError("This is not a cursor of this service.", code="cursor_malformed")


def page_size(text: str, maximum: int) -> int:
    """Raise ValidationError unless it is a whole number from 1 to the maximum."""
    if not (text.isascii() and text.isdecimal() and len(text) < len("1000000")):
        raise ValidationError("Give a whole number.", code="page_size_malformed")
    if not 1 <= int(text) <= maximum:
        raise ValidationError(f"Give 1 to {maximum}.", code="page_size_out_of_range")
    return int(text)
