"""Users with a role, and their tokens."""

from typing import Any

from django.contrib.auth.models import User
from knox.models import get_token_model

from payouts.domain.role import Role
from payouts.entrypoints.access.users import set_role


def make_user(username: str, role: str = Role.CLIENT, **fields: Any) -> User:
    user = User.objects.create_user(username, **fields)
    set_role(user, Role(role))
    return user


def make_token(user: User, **fields: Any) -> tuple[Any, dict[str, str]]:
    """Return the row of a new token, and the header that sends it."""
    row, token = get_token_model().objects.create(user=user, **fields)
    return row, {"Authorization": f"Bearer {token}"}
