"""Authentication, authorisation and throttling of API requests."""

from collections.abc import Iterator
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import structlog
from cachetools import TTLCache, cached
from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from redis import RedisError
from rest_framework.authentication import SessionAuthentication as DjangoSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from payouts.bootstrap import redis_circuit_breaker, token_use
from payouts.domain.history import SYSTEM_ACTOR
from payouts.domain.role import Permission

if TYPE_CHECKING:  # pipeline.py imports DRF's views, which import this module through the settings
    from payouts.entrypoints.api.pipeline import ApiView

# For this long a token may still work after it was revoked, or after its user was changed.
TOKEN_CACHE_SECONDS: Final = 0.5
_MAX_CACHED_TOKENS = 10_000
_INVALID = "This token is not valid."
# As SQL, because Django would take as long to put it together as for two queries more.
_PERMISSIONS_OF_ROLE: Final = """
ARRAY(
    SELECT type.app_label || '.' || permission.codename
    FROM auth_user_groups AS membership
    JOIN auth_group_permissions AS granted ON granted.group_id = membership.group_id
    JOIN auth_permission AS permission ON permission.id = granted.permission_id
    JOIN django_content_type AS type ON type.id = permission.content_type_id
    WHERE membership.user_id = payouts_apitoken.user_id
)
"""
_PERMISSIONS: Final = RawSQL(_PERMISSIONS_OF_ROLE, [])  # noqa: S611  a constant


class TokenAuthentication(KnoxTokenAuthentication):
    """Look a knox token up by its hash. A token that was found is trusted for half a second."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Any] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = find_token(token)
        if _is_expired(found):
            raise AuthenticationFailed(_INVALID)
        token_use().record(digest=found.digest, last_used_at=found.last_used_at)
        structlog.contextvars.bind_contextvars(actor=found.user.get_username())
        return found.user, found


def _cache_key(token: str) -> bytes:
    """Hash the token, so that memory does not hold it longer than its request."""
    return sha256(token.encode()).digest()


@cached(TTLCache(_MAX_CACHED_TOKENS, ttl=TOKEN_CACHE_SECONDS), key=_cache_key, lock=Lock())
def find_token(token: str) -> Any:
    """Return the token's row with its user, who has `role_permissions`, in one query.

    Raises AuthenticationFailed, which is not cached.
    """
    tokens = get_token_model().objects.filter(digest=hash_token(token.strip(" ")))
    found = tokens.select_related("user").annotate(permissions=_PERMISSIONS).first()
    if not found or not found.user.is_active or _is_expired(found):
        raise AuthenticationFailed(_INVALID)
    found.user.role_permissions = frozenset(found.permissions)
    return found


def _is_expired(token: Any) -> bool:
    return token.expiry is not None and token.expiry <= timezone.now()


class SessionAuthentication(DjangoSessionAuthentication):
    """Use the console's session, with Django's protection against cross-site requests."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found:
            structlog.contextvars.bind_contextvars(actor=found[0].get_username())
        return found


class RolePermission(BasePermission):
    """Allow what the user's role permits, of the methods and parameters that the view names."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]
        if not request.user.is_authenticated:
            return False
        missing = (each for each in _needed(request, view) if not request.user.has_perm(each))
        refused = next(missing, None)
        if refused is not None:
            self.message = _explain(Permission(refused))
        return refused is None


def _needed(request: Request, view: "ApiView") -> Iterator[str]:
    """Yield the permissions that the request needs. OPTIONS needs none."""
    method = "GET" if request.method == "HEAD" else str(request.method)
    if method in view.permissions:
        yield view.permissions[method]
    elif method in view.allowed_methods and method != "OPTIONS":
        raise ImproperlyConfigured(f"{type(view).__name__} names no permission for {method}.")
    for name, permission in view.parameter_permissions.items():
        if name in request.query_params:
            yield permission


def _explain(permission: Permission) -> str:
    return f"Your role may not {permission.action}. This needs the role {permission.roles}."


class UserThrottle(UserRateThrottle):
    """Count a user's requests in Redis. Without Redis, allow all of them."""

    cache = caches["redis"]

    def allow_request(self, request: Request, view: Any) -> bool:
        if self.rate is None or redis_circuit_breaker().is_open:
            return True
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            redis_circuit_breaker().record_failure(error)
            return True


def actor_of(request: Request | HttpRequest) -> str:
    """Return the user name for the history; refuse the name under which workers appear there."""
    username = str(request.user.get_username())
    if username == SYSTEM_ACTOR:
        raise PermissionDenied(f"{SYSTEM_ACTOR!r} is the name of the workers in every history.")
    return username
