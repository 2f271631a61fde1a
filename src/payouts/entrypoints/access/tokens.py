"""API tokens: shown once, stored as a hash."""

from datetime import timedelta
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from knox.crypto import hash_token
from knox.models import get_token_model

from payouts.domain.api_token import SHORTEST_KEY, parse_token_name
from payouts.domain.errors import TextMalformedError
from payouts.domain.role import Role
from payouts.entrypoints.access.users import ensure_user

log = structlog.get_logger("payouts")


def issue_token(
    username: str,
    *,
    actor: str,
    role: Role | None = None,
    name: str = "",
    expires_in: timedelta | None = None,
) -> str:
    """Return a new token for the user; see `ensure_user` for what becomes of the user.

    Raises ValidationError for an invalid name of user or token, and for a deactivated user.
    """
    name = check_name(name)
    user = ensure_user(username, role=role, actor=actor)
    return issue(user, name=name, expires_in=expires_in, actor=actor)[1]


def issue(user: User, *, name: str, expires_in: timedelta | None, actor: str) -> tuple[Any, str]:
    """Return the row of a new token, and the token, which can be shown only now.

    Raises ValidationError for a deactivated user.
    """
    if not user.is_active:
        raise ValidationError(f"The user {user.username!r} is deactivated, so no token would work.")
    row, token = get_token_model().objects.create(user=user, name=name, expiry=expires_in)
    log.info("token.issued", user=user.username, key=row.token_key, actor=actor)
    return row, str(token)


def check_name(text: str) -> str:
    """Return the name of a token; raise ValidationError if it is invalid."""
    try:
        return parse_token_name(text)
    except TextMalformedError as error:
        raise ValidationError(f"The name of the token: {error}") from error


def find_by_key(text: str) -> Any:
    """Return the row of a token, found by the token itself or by the start of its key.

    Raises ValidationError if there is none, or if several tokens start so.
    """
    tokens = get_token_model().objects.select_related("user")
    found = list(tokens.filter(digest=hash_token(text)))
    if not found and len(text) >= SHORTEST_KEY:
        found = list(tokens.filter(token_key__startswith=text)[:2])
    if not found:
        raise ValidationError(
            f"There is no such token. Give the token, or the first {SHORTEST_KEY} to 15 characters."
        )
    if len(found) > 1:
        raise ValidationError("Several tokens start with these characters. Give more of them.")
    return found[0]


def revoke(token: Any, *, actor: str) -> None:
    """End the token. Web processes that have just seen it accept it for another half second."""
    token.delete()
    user = token.user.get_username()
    log.info("token.revoked", user=user, key=token.token_key, actor=actor)
