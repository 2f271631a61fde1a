"""Links to the neighbouring pages of a list, with the cursor of the API in the address."""

from dataclasses import dataclass
from typing import Any, Self

from django.http import HttpRequest
from rest_framework.serializers import ValidationError

from payouts.application.read_models import Page, Position
from payouts.entrypoints.api.pagination import decode_cursor, encode_cursor

_CURSOR = "cursor"


@dataclass(frozen=True, slots=True)
class PageLinks:
    is_first: bool
    first_url: str
    next_url: str | None
    previous_url: str | None

    @classmethod
    def of(cls, request: HttpRequest, page: Page[Any]) -> Self:
        return cls(
            is_first=position_of(request) is None,
            first_url=_url(request, None),
            next_url=_url(request, page.next) if page.next else None,
            previous_url=_url(request, page.previous) if page.previous else None,
        )


def position_of(request: HttpRequest) -> Position | None:
    """Return where the page starts; a cursor that cannot be read is the first page."""
    try:
        return decode_cursor(request.GET.get(_CURSOR, ""))
    except ValidationError:
        return None


def _url(request: HttpRequest, position: Position | None) -> str:
    parameters = request.GET.copy()
    parameters.pop(_CURSOR, None)
    if position:
        parameters[_CURSOR] = encode_cursor(position)
    return f"?{parameters.urlencode()}"
