"""What a user may see of payouts."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from payouts.domain.masking import mask_account_numbers
from payouts.domain.role import Permission
from payouts.entrypoints.console.account_numbers import may_see_account_numbers


def may_see_deleted(request: HttpRequest) -> bool:
    return request.user.has_perm(Permission.VIEW_DELETED_PAYOUT)


def shown_text(request: HttpRequest, *known: str) -> Callable[[Any], str]:
    """Return what turns a text, which may contain account numbers, into what this user may see."""
    if may_see_account_numbers(request.user):
        return str
    return lambda text: mask_account_numbers(str(text), *known)
