"""Users and their roles. The role of a user is a group of Django's."""

from functools import partial
from typing import Any, Final

import structlog
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from payouts.domain.history import SYSTEM_ACTOR
from payouts.domain.role import Role

log = structlog.get_logger("payouts")

DEFAULT_ROLE: Final = Role.CLIENT
# The actor of commands. No user has this name, because names of users have no spaces.
COMMAND_LINE: Final = "command line"


def role_of(user: User) -> Role | None:
    """Return None for a user without a role. It may do nothing, unless it is a superuser."""
    names = {group.name for group in user.groups.all()}
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


def check_name(username: str) -> None:
    """Raise ValidationError for the name of the workers."""
    if username == SYSTEM_ACTOR:
        raise ValidationError(f"{SYSTEM_ACTOR!r} is the name of the workers in every history.")


def add(username: str, *, role: Role, actor: str, password: str | None = None) -> User:
    """Create a user. Without a password it uses the API only.

    Raises ValidationError for an invalid name, the name of the workers, and a weak password.
    """
    check_name(username)
    user = User(username=username)
    if password is None:
        user.set_unusable_password()
    else:
        validate_password(password, user)
        user.set_password(password)
    user.clean_fields()
    with transaction.atomic():
        user.save()
        set_role(user, role)
        _log_after_commit("user.created", user=username, role=role.value, actor=actor)
    return user


def change(
    user: User,
    *,
    actor: str,
    role: Role | None = None,
    is_active: bool | None = None,
    password: str | None = None,
) -> None:
    """Change what is given and differs. Raises ValidationError for a weak password."""
    changed: dict[str, Any] = {}
    if is_active not in {None, user.is_active}:
        changed["is_active"] = user.is_active = bool(is_active)
    if password is not None:
        validate_password(password, user)
        user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["is_active", "password"])
        if role and (user.is_superuser or role_of(user) is not role):
            set_role(user, role)
            changed["role"] = role.value
        if changed or password is not None:
            changed["password_changed"] = password is not None
            _log_after_commit("user.changed", user=user.username, actor=actor, **changed)


def ensure_user(username: str, *, role: Role | None, actor: str) -> User:
    """Return the user, with this role if one is given. A new user gets the default role.

    Raises ValidationError as `add` does.
    """
    check_name(username)
    with transaction.atomic():
        user = find(username)
        if user is None:
            return add(username, role=role or DEFAULT_ROLE, actor=actor)
        if role is not None:
            change(user, role=role, actor=actor)
    return user


def save(username: str, *, role: Role | None, password: str | None, actor: str) -> User:
    """Create the user if necessary, and give it a role and a password, if they are given.

    Raises ValidationError as `add` does.
    """
    with transaction.atomic():
        user = ensure_user(username, role=role, actor=actor)
        if password is not None:
            change(user, password=password, actor=actor)
    return user


def lock_changes() -> None:
    """Let no one else who calls this continue until the transaction has ended.

    Of two administrators who demote each other, or add the same user, the second one then sees
    what the first one did.
    """
    Group.objects.select_for_update(no_key=True).get(name=Role.ADMINISTRATOR)


def keep_an_administrator(user: User, *, role: Role | None, is_active: bool) -> None:
    """Raise ValidationError if this role and state would leave no active administrator."""
    if is_active and role is Role.ADMINISTRATOR:
        return
    administrators = User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR)
    if list(administrators.values_list("pk", flat=True)) == [user.pk]:
        raise ValidationError(
            f"{user} is the last active administrator. Make another user an administrator first."
        )


def _log_after_commit(event: str, **facts: Any) -> None:
    transaction.on_commit(partial(log.info, event, **facts))
