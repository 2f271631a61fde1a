"""A request for a page of a list: its parameters, and the links to the neighbouring pages."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Self
from urllib.parse import urlencode

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.serializers import ErrorDetail, ValidationError

from payouts.application.read_models import ClientEventPage, ClientEventView, Page, Position
from payouts.domain.client_events import ClientEventType
from payouts.domain.errors import InvalidValueError
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency
from payouts.domain.recipient import AccountNumber, parse_external_id
from payouts.domain.status import PayoutStatus
from payouts.domain.webhooks.retries import DeliveryStatus
from payouts.entrypoints.api.fields import clamp_id, one_of
from payouts.entrypoints.api.pagination import (
    decode_cursor,
    decode_event_cursor,
    encode_cursor,
    encode_event_cursor,
    page_size,
)
from payouts.entrypoints.api.responses import encode

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 100
MAX_FEED_PAGE_SIZE: Final = 500
# Parameters that need permissions of their own.
INCLUDE_DELETED: Final = "include_deleted"
ACCOUNT_NUMBER: Final = "account_number"

Readers = Mapping[str, Callable[[str], Any]]

# datetime.fromisoformat accepts any character between the date and the time.
_ISO_8601 = re.compile(r"[0-9W-]+(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?")


@dataclass(frozen=True, slots=True)
class ListRequest:
    """The parameters of a page as they were parsed, and the address of the list.

    `arguments` are `size`, `position`, and the filters that the request names. `url` is the list's
    address as the client sees it, with the parameters of this page.
    """

    arguments: Mapping[str, Any]
    address: str
    parameters: Mapping[str, Any]

    @classmethod
    def of_payouts(cls, request: Request) -> Self:
        """Raise ValidationError that names each invalid parameter."""
        return cls._read(request, _PAYOUTS, default_size=DEFAULT_PAGE_SIZE)

    @classmethod
    def of_recipients(cls, request: Request) -> Self:
        """Raise ValidationError that names each invalid parameter."""
        return cls._read(request, _RECIPIENTS, default_size=DEFAULT_PAGE_SIZE)

    @classmethod
    def of_events(cls, request: Request) -> Self:
        """Raise ValidationError that names each invalid parameter."""
        return cls._read(request, _EVENTS, default_size=MAX_PAGE_SIZE)

    @classmethod
    def of_feed(cls, request: Request) -> Self:
        """Raise ValidationError that names each invalid parameter."""
        return cls._read(request, _FEED, default_size=MAX_PAGE_SIZE)

    @classmethod
    def of_webhooks(cls, request: Request) -> Self:
        """Raise ValidationError that names each invalid parameter."""
        return cls._read(request, _PLACE, default_size=DEFAULT_PAGE_SIZE)

    @classmethod
    def of_deliveries(cls, request: Request) -> Self:
        """Raise ValidationError that names each invalid parameter."""
        return cls._read(request, _DELIVERIES, default_size=DEFAULT_PAGE_SIZE)

    @classmethod
    def _read(cls, request: Request, readers: Readers, *, default_size: int) -> Self:
        values = _read_parameters(request.query_params, readers)
        arguments = {
            "size": values.pop("page_size", default_size),
            "position": values.pop("cursor", None),
            **values,
        }
        address = f"{request.scheme}://{request.get_host()}{request.path}"
        return cls(arguments, address, request.query_params.dict())

    @property
    def url(self) -> str:
        return f"{self.address}?{urlencode(self.parameters)}"

    def render(self, page: Page[Any]) -> bytes:
        """Encode the page with links to its neighbours."""
        return encode(
            {
                "next": self._link(page.next),
                "previous": self._link(page.previous),
                "results": page.rows,
            }
        )

    def render_feed(self, page: ClientEventPage) -> bytes:
        """Encode the page with a link to what follows it, now or later."""
        return encode(
            {
                "next": self._link_to(encode_event_cursor(page.end)),
                "results": [ClientEventView.of(message) for message in page.messages],
            }
        )

    def _link(self, position: Position | None) -> str | None:
        return self._link_to(encode_cursor(position)) if position else None

    def _link_to(self, cursor: str) -> str:
        return f"{self.address}?{urlencode({**self.parameters, 'cursor': cursor})}"


def _id(text: str) -> int:
    is_number = text.isascii() and text.isdecimal()
    if not is_number or (not clamp_id(text) and text.strip("0")):
        raise ValidationError("Give an integer of up to 64 bits.", code="wrong_type")
    return clamp_id(text)


def read_time(text: str) -> datetime:
    """Read a time in ISO 8601; raise ValidationError."""
    if _ISO_8601.fullmatch(text):
        with suppress(ValueError, OverflowError):
            time = datetime.fromisoformat(text)
            return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    raise ValidationError(
        "Give a time in ISO 8601, such as 2026-01-31T12:00:00Z; send a + as %2B.",
        code="time_malformed",
    )


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValidationError("Give true or false.", code="wrong_type")
    return text == "true"


_PLACE: Final[Readers] = MappingProxyType(
    {"cursor": decode_cursor, "page_size": lambda text: page_size(text, MAX_PAGE_SIZE)}
)
_RECIPIENTS: Final[Readers] = MappingProxyType(
    {
        **_PLACE,
        "external_id": parse_external_id,
        ACCOUNT_NUMBER: lambda text: AccountNumber.parse(text).value,
        "is_active": _flag,
    }
)
_FEED: Final[Readers] = MappingProxyType(
    {
        "cursor": decode_event_cursor,
        "page_size": lambda text: page_size(text, MAX_FEED_PAGE_SIZE),
        "type": one_of(ClientEventType, code="type_unknown"),
    }
)
_DELIVERIES: Final[Readers] = MappingProxyType(
    {
        **_PLACE,
        "status": one_of(DeliveryStatus, code="status_unknown"),
        "event_type": one_of(ClientEventType, code="event_type_unknown"),
    }
)
_DELETED: Final[Readers] = MappingProxyType({INCLUDE_DELETED: _flag})
_EVENTS: Final[Readers] = MappingProxyType({**_PLACE, **_DELETED})
_PAYOUTS: Final[Readers] = MappingProxyType(
    {
        **_EVENTS,
        "status": one_of(PayoutStatus, code="status_unknown"),
        "currency": lambda text: Currency.parse_active_or_historic(text).code,
        "recipient_id": _id,
        "idempotency_key": lambda text: IdempotencyKey.parse(text).value,
        "needs_review": _flag,
        "returned": _flag,
        "created_after": read_time,
        "created_before": read_time,
    }
)


def read_include_deleted(request: Request) -> dict[str, Any]:
    """Return the argument of a read of one payout; raise ValidationError for other parameters."""
    return _read_parameters(request.query_params, _DELETED)


def _read_parameters(parameters: QueryDict, readers: Readers) -> dict[str, Any]:
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
        raise ValidationError("Give this parameter once.", code="repeated")
    return reader(texts[0])
