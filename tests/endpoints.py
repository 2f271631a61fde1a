"""Every endpoint of the service, and the permission that it needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.urls import URLPattern, URLResolver, get_resolver

from payouts.domain.role import Permission


class Access(Enum):
    """Who may send a request that needs no permission.

    SIGNED: the signature of the message stands for a user.
    """

    ANYONE = "anyone"
    SIGNED = "signed"
    USER = "any user"


@dataclass(frozen=True)
class Endpoint:
    """`admitted` is the status that a caller gets who may: there are no rows, bodies are empty."""

    route: str
    method: str
    access: Access | Permission
    admitted: int

    @property
    def path(self) -> str:
        return "/" + re.sub("<id:[a-z_]+>", "1", self.route)

    @property
    def has_body(self) -> bool:
        return self.method in {"POST", "PATCH"}


def _both(route: str, access: Access | Permission, admitted: int) -> list[Endpoint]:
    """A GET comes with HEAD, which must be guarded alike."""
    return [Endpoint(route, method, access, admitted) for method in ("GET", "HEAD")]


_PAYOUT, _RECIPIENT = "api/payouts/<id:payout_id>/", "api/recipients/<id:recipient_id>/"
_API = (
    "api/payouts/",
    "api/recipients/",
    "api/events/",
    _PAYOUT,
    f"{_PAYOUT}events/",
    f"{_PAYOUT}resolve/",
    _RECIPIENT,
)
_WEBHOOK = "api/webhooks/<id:endpoint_id>/"
_RESEND = f"{_WEBHOOK}deliveries/<id:delivery_id>/resend/"
_WEBHOOKS = (
    "api/webhooks/",
    _WEBHOOK,
    f"{_WEBHOOK}rotate-secret/",
    f"{_WEBHOOK}test/",
    f"{_WEBHOOK}replay/",
    f"{_WEBHOOK}deliveries/",
    _RESEND,
)
_FOR_ANYONE = ("api/schema/", "api/docs/", "health/", "health/live/", "health/ready/", "metrics")

ENDPOINTS = [
    *_both("api/payouts/", Permission.VIEW_PAYOUT, 200),
    Endpoint("api/payouts/", "POST", Permission.ADD_PAYOUT, 400),
    *_both(_PAYOUT, Permission.VIEW_PAYOUT, 404),
    Endpoint(_PAYOUT, "PATCH", Permission.CHANGE_PAYOUT, 400),
    Endpoint(_PAYOUT, "DELETE", Permission.DELETE_PAYOUT, 404),
    *_both(f"{_PAYOUT}events/", Permission.VIEW_PAYOUT, 404),
    Endpoint(f"{_PAYOUT}resolve/", "POST", Permission.CHANGE_PAYOUT, 400),
    *_both("api/events/", Permission.VIEW_PAYOUT, 200),
    *_both("api/recipients/", Permission.VIEW_RECIPIENT, 200),
    Endpoint("api/recipients/", "POST", Permission.ADD_RECIPIENT, 400),
    *_both(_RECIPIENT, Permission.VIEW_RECIPIENT, 404),
    Endpoint(_RECIPIENT, "PATCH", Permission.CHANGE_RECIPIENT, 404),
    *_both("api/webhooks/", Permission.MANAGE_WEBHOOKS, 200),
    Endpoint("api/webhooks/", "POST", Permission.MANAGE_WEBHOOKS, 400),
    *_both(_WEBHOOK, Permission.MANAGE_WEBHOOKS, 404),
    Endpoint(_WEBHOOK, "PATCH", Permission.MANAGE_WEBHOOKS, 404),
    Endpoint(_WEBHOOK, "DELETE", Permission.MANAGE_WEBHOOKS, 404),
    Endpoint(f"{_WEBHOOK}rotate-secret/", "POST", Permission.MANAGE_WEBHOOKS, 404),
    Endpoint(f"{_WEBHOOK}test/", "POST", Permission.MANAGE_WEBHOOKS, 404),
    Endpoint(f"{_WEBHOOK}replay/", "POST", Permission.MANAGE_WEBHOOKS, 400),
    *_both(f"{_WEBHOOK}deliveries/", Permission.MANAGE_WEBHOOKS, 404),
    Endpoint(_RESEND, "POST", Permission.MANAGE_WEBHOOKS, 404),
    *(Endpoint(route, "OPTIONS", Access.USER, 200) for route in (*_API, *_WEBHOOKS)),
    Endpoint("api/bank/callbacks/", "POST", Access.SIGNED, 401),
    Endpoint("api/bank/callbacks/", "OPTIONS", Access.SIGNED, 200),
    *(each for route in _FOR_ANYONE for each in _both(route, Access.ANYONE, 200)),
    *_both("", Access.ANYONE, 302),
]
GUARDED = [each for each in ENDPOINTS if each.access not in {Access.ANYONE, Access.SIGNED}]


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
