"""Query parameters, read as strictly as bodies are."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from django.http import QueryDict
from rest_framework.serializers import ErrorDetail, ValidationError

from payouts.application.views import PageQuery, Position
from payouts.domain.errors import InvalidValueError
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.api.fields import clamp_id, one_of
from payouts.entrypoints.api.pagination import DEFAULT_PAGE_SIZE, decode_cursor, page_size

Readers = Mapping[str, Callable[[str], Any]]

read_status = one_of(PayoutStatus, code="status_unknown")

# Python alone would take any sign between the date and the time.
_ISO_8601 = re.compile(r"[0-9W-]+(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?")


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValidationError("Give an integer.", code="wrong_type")
    return clamp_id(text)


def _time(text: str) -> datetime:
    if _ISO_8601.fullmatch(text):
        with suppress(ValueError, OverflowError):
            time = datetime.fromisoformat(text)
            return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    raise ValidationError(
        "Give a time in ISO 8601, such as 2026-01-31T12:00:00Z; a + has to be sent as %2B.",
        code="time_malformed",
    )


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValidationError("Give true or false.", code="wrong_type")
    return text == "true"


_PAGE: Final[Readers] = MappingProxyType({"cursor": decode_cursor, "page_size": page_size})
_PAYOUTS: Final[Readers] = MappingProxyType(
    {
        **_PAGE,
        "status": read_status,
        "currency": lambda text: Currency.parse(text).code,
        "recipient_id": _id,
        "idempotency_key": lambda text: IdempotencyKey.parse(text).value,
        "needs_review": _flag,
        "created_after": _time,
        "created_before": _time,
    }
)


def payouts_page(parameters: QueryDict) -> PageQuery:
    """Read the parameters of the list of payouts; raise ValidationError naming each bad one."""
    values = _read(parameters, _PAYOUTS)
    return PageQuery(
        size=values.pop("page_size", DEFAULT_PAGE_SIZE),
        position=values.pop("cursor", None),
        **values,
    )


def plain_page(parameters: QueryDict) -> tuple[int, Position | None]:
    """Read the parameters of a list without filters: its size and position."""
    values = _read(parameters, _PAGE)
    return values.get("page_size", DEFAULT_PAGE_SIZE), values.get("cursor")


def _read(parameters: QueryDict, readers: Readers) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, texts in parameters.lists():
        try:
            values[name] = _read_one(readers.get(name), texts)
        except ValidationError as error:
            errors[name[:64]] = error.detail
        except InvalidValueError as error:
            errors[name] = [ErrorDetail(str(error), code=error.code)]
    if errors:
        raise ValidationError(errors)
    return values


def _read_one(reader: Callable[[str], Any] | None, texts: list[str]) -> Any:
    if reader is None:
        raise ValidationError("There is no such parameter.", code="unknown_parameter")
    if len(texts) != 1:
        raise ValidationError("Give it once.", code="repeated")
    return reader(texts[0])
