"""Users and their roles. The role of a user is a group of Django's."""

from typing import Final

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from payouts.domain.history import SYSTEM_ACTOR
from payouts.domain.role import Role

DEFAULT_ROLE: Final = Role.CLIENT


def role_of(user: User) -> Role | None:
    """Return None for a user without a role. It may do nothing, unless it is a superuser."""
    names = set(user.groups.values_list("name", flat=True))
    return next((role for role in Role if role in names), None)


def set_role(user: User, role: Role) -> None:
    """Give the user this role and take all other rights from it."""
    with transaction.atomic():
        user.groups.set([Group.objects.get(name=role)])
        user.user_permissions.clear()
        user.is_staff = role.uses_console
        user.is_superuser = False
        user.save(update_fields=["is_staff", "is_superuser"])


def find(username: str) -> User | None:
    return User.objects.filter(username=username).first()


def ensure_user(username: str, *, role: Role | None) -> User:
    """Return the user, with this role if one is given. A new user gets the default role.

    Raises ValidationError for an invalid user name, and for the name of the workers.
    """
    if username == SYSTEM_ACTOR:
        raise ValidationError(f"{SYSTEM_ACTOR!r} is the name of the workers in every history.")
    with transaction.atomic():
        user = find(username)
        if user is None:
            user, role = _create_user(username), role or DEFAULT_ROLE
        if role is not None:
            set_role(user, role)
    return user


def save(username: str, *, role: Role | None, password: str | None) -> User:
    """Create the user if necessary, and give it a role and a password, if they are given.

    Raises ValidationError as `ensure_user` does, and for a password that is too weak.
    """
    with transaction.atomic():
        user = ensure_user(username, role=role)
        if password is not None:
            validate_password(password, user)
            user.set_password(password)
            user.save(update_fields=["password"])
    return user


def _create_user(username: str) -> User:
    user = User(username=username)
    user.set_unusable_password()
    user.clean_fields()
    user.save()
    return user
