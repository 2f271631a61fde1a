"""What a user may see of payouts."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from payouts.domain.masking import mask_account_numbers
from payouts.domain.recipient import mask_account_number
from payouts.domain.role import Permission


def may_see_deleted(request: HttpRequest) -> bool:
    return request.user.has_perm(Permission.VIEW_DELETED_PAYOUT)


def may_see_account_numbers(request: HttpRequest) -> bool:
    return request.user.has_perm(Permission.VIEW_ACCOUNT_NUMBER)


def shown_account_number(request: HttpRequest) -> Callable[[str], str]:
    """Return what turns an account number into the text that this user may see."""
    return str if may_see_account_numbers(request) else mask_account_number


def shown_text(request: HttpRequest, *known: str) -> Callable[[Any], str]:
    """Return what turns a text, which may contain account numbers, into what this user may see."""
    if may_see_account_numbers(request):
        return str
    return lambda text: mask_account_numbers(str(text), *known)
