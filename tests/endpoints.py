"""Every endpoint of the service, and who may use it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.urls import URLPattern, URLResolver, get_resolver


class Access(Enum):
    """Who may send a request. SIGNED: the signature of the message stands for a user."""

    ANYONE = "anyone"
    SIGNED = "signed"
    USER = "any user"
    STAFF = "staff"


@dataclass(frozen=True)
class Endpoint:
    """`admitted` is the status that a caller gets who may: there are no rows, bodies are empty."""

    route: str
    method: str
    access: Access
    admitted: int

    @property
    def path(self) -> str:
        return "/" + self.route.replace("<id:payout_id>", "1").replace("<id:recipient_id>", "1")

    @property
    def has_body(self) -> bool:
        return self.method in {"POST", "PATCH"}


def _both(route: str, access: Access, admitted: int) -> list[Endpoint]:
    """A GET comes with HEAD, which must be guarded alike."""
    return [Endpoint(route, method, access, admitted) for method in ("GET", "HEAD")]


_PAYOUT, _RECIPIENT = "api/payouts/<id:payout_id>/", "api/recipients/<id:recipient_id>/"
_LISTS = ("api/payouts/", "api/recipients/")
_DETAILS = (_PAYOUT, f"{_PAYOUT}events/", _RECIPIENT)
_API = (*_LISTS, *_DETAILS, f"{_PAYOUT}resolve/")
_FOR_ANYONE = ("api/schema/", "api/docs/", "health/", "health/live/", "health/ready/")

ENDPOINTS = [
    *(each for route in _LISTS for each in _both(route, Access.USER, 200)),
    *(each for route in _DETAILS for each in _both(route, Access.USER, 404)),
    *(Endpoint(route, "OPTIONS", Access.USER, 200) for route in _API),
    Endpoint("api/payouts/", "POST", Access.USER, 400),
    Endpoint(_PAYOUT, "PATCH", Access.STAFF, 400),
    Endpoint(_PAYOUT, "DELETE", Access.STAFF, 404),
    Endpoint(f"{_PAYOUT}resolve/", "POST", Access.STAFF, 400),
    Endpoint("api/recipients/", "POST", Access.STAFF, 400),
    Endpoint(_RECIPIENT, "PATCH", Access.STAFF, 404),
    Endpoint("api/bank/callbacks/", "POST", Access.SIGNED, 401),
    Endpoint("api/bank/callbacks/", "OPTIONS", Access.SIGNED, 200),
    *(each for route in _FOR_ANYONE for each in _both(route, Access.ANYONE, 200)),
    *_both("", Access.ANYONE, 302),
]
GUARDED = [each for each in ENDPOINTS if each.access in {Access.USER, Access.STAFF}]


def routes() -> list[str]:
    """Return every route of the URLconf."""
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _walk(pattern, route)
