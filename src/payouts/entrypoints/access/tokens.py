"""API tokens: shown once, stored as a hash."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from knox.models import get_token_model

from payouts.domain.role import Role
from payouts.entrypoints.access.users import ensure_user


def issue_token(
    username: str, *, role: Role | None = None, name: str = "", expires_in: timedelta | None = None
) -> str:
    """Return a new token for the user; see `ensure_user` for what becomes of the user.

    Raises ValidationError for an invalid user name, and for a user that is deactivated.
    """
    user = ensure_user(username, role=role)
    if not user.is_active:
        raise ValidationError(f"The user {username!r} is deactivated, so no token would work.")
    _, token = get_token_model().objects.create(user=user, name=name, expiry=expires_in)
    return str(token)
