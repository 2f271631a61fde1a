"""What a user may see of payouts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest

from payouts.adapters.database.payout_search import PayoutRow, PayoutSearch, find_payout
from payouts.domain.masking import mask_account_numbers
from payouts.domain.role import Permission
from payouts.entrypoints.console.account_numbers import may_see_account_numbers
from payouts.entrypoints.console.ids import is_id


def may_see_deleted(request: HttpRequest) -> bool:
    return request.user.has_perm(Permission.VIEW_DELETED_PAYOUT)


def allowed(request: HttpRequest, search: PayoutSearch) -> PayoutSearch:
    """Leave out what the user may not see, and may not find a payout by."""
    search = replace(search, by_whole_account=may_see_account_numbers(request.user))
    return search if may_see_deleted(request) else replace(search, deleted=False)


def shown_text(request: HttpRequest, *known: str) -> Callable[[Any], str]:
    """Return what turns a text, which may contain account numbers, into what this user may see."""
    if may_see_account_numbers(request.user):
        return str
    return lambda text: mask_account_numbers(str(text), *known)


def visible_payout(request: HttpRequest, text: str) -> PayoutRow:
    """Return the payout of the address; raise Http404 if this user may not see one there."""
    payout = find_payout(int(text)) if is_id(text) else None
    if not payout or (payout.deleted_at and not may_see_deleted(request)):
        raise Http404
    return payout
