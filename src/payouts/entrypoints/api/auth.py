"""Who calls, and what they may."""

from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from redis import RedisError
from rest_framework.authentication import SessionAuthentication as DjangoSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from payouts.bootstrap import redis_breaker
from payouts.entrypoints.api.known_tokens import KnownTokens

if TYPE_CHECKING:  # DRF's views import this module, by way of its settings
    from rest_framework.views import APIView


_known_tokens = KnownTokens()


class TokenAuthentication(KnoxTokenAuthentication):
    """Knox's tokens, looked up by their hash, and no token ends by itself.

    The database is asked about a token every half a second, not in every request.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Any] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = _known_tokens.get(token) or _look_up(token)
        structlog.contextvars.bind_contextvars(actor=found.user.get_username())
        return found.user, found


def known_username(token: str) -> str | None:
    """Tell whose token it is, if it was found good a moment ago."""
    known = _known_tokens.get(token)
    return known.user.get_username() if known else None


def _look_up(token: str) -> Any:
    asked_at = monotonic()
    of_token = get_token_model().objects.filter(digest=hash_token(token.strip(" ")))
    found = of_token.select_related("user").first()
    if not found or not found.user.is_active:
        raise AuthenticationFailed("This token is not valid.")
    _known_tokens.put(token, found, asked_at=asked_at)
    return found


class SessionAuthentication(DjangoSessionAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found:
            structlog.contextvars.bind_contextvars(actor=found[0].get_username())
        return found


class StaffWrites(BasePermission):
    """Let in who is known; the methods that a view names in `staff_methods` are for staff."""

    message = "Only staff may do this."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        return bool(request.user.is_staff) or request.method not in getattr(
            view, "staff_methods", ()
        )


class UserThrottle(UserRateThrottle):
    """Count a user's requests in Redis; without Redis, let them through."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if self.rate is None or redis_breaker().is_open:
            return True
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            redis_breaker().trip(error)
            return True


def actor_of(request: Request | HttpRequest) -> str:
    return str(request.user.get_username())
