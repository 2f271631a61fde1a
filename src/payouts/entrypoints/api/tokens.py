"""API tokens: shown once, stored as a hash."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from knox.models import get_token_model

from payouts.domain.history import SYSTEM_ACTOR


def issue_token(username: str, *, staff: bool) -> str:
    """Return a new token for the user. Creates the user, and makes it staff, if necessary.

    Raises ValidationError for an invalid user name, and for a user that is deactivated.
    """
    if username == SYSTEM_ACTOR:
        raise ValidationError(f"{SYSTEM_ACTOR!r} is the name of the workers in every history.")
    user = User.objects.filter(username=username).first() or _create_user(username)
    if not user.is_active:
        raise ValidationError(f"The user {username!r} is deactivated, so no token would work.")
    if staff and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    _, token = get_token_model().objects.create(user=user)
    return str(token)


def _create_user(username: str) -> User:
    user = User(username=username)
    user.set_unusable_password()
    user.clean_fields()
    user.save()
    return user
