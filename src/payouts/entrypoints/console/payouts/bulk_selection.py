"""Which payouts an action on many is for, and what it will do to each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Self

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.urls import reverse

from payouts.adapters.database.payout_search import find_payouts
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.manual_action import Resolution
from payouts.domain.money import Money
from payouts.domain.payout import Payout
from payouts.entrypoints.console.ids import is_id
from payouts.entrypoints.console.payouts.action_list import EFFECTS, RESOLVE, TRY_NOW, Action
from payouts.entrypoints.console.payouts.filters import OTHER_PARAMETERS, PayoutFilterForm
from payouts.entrypoints.console.payouts.permissions import allowed
from payouts.entrypoints.console.presentation import amount

MAX_PAYOUTS: Final = 500
# Parameters of the page that are no filters.
OWN_PARAMETERS: Final = frozenset({"action", "payout", "all"})
_NOT_IN_REVIEW: Final = "It does not need review."
_GONE: Final = "There is no such payout, or it is deleted."


def _resolve_as(resolution: Resolution) -> Action:
    return replace(
        RESOLVE,
        name=f"resolve-{resolution.lower()}",
        label=f"Resolve as {resolution.value}",
        use_case=lambda: _resolve_with(resolution),
        effect=EFFECTS[resolution],
        is_offered=lambda payout: payout.needs_review,
        is_final=resolution is not Resolution.RETRY,
    )


def _resolve_with(resolution: Resolution) -> "partial[object]":
    return partial(RESOLVE.use_case(), resolution=resolution)


BULK_ACTIONS: Final = {
    action.name: action for action in (TRY_NOW, *(_resolve_as(each) for each in Resolution))
}


def offered_bulk_actions(user: User | AnonymousUser) -> list[Action]:
    return [action for action in BULK_ACTIONS.values() if user.has_perm(action.permission)]


@dataclass(frozen=True, slots=True)
class Selected:
    """A payout that was selected. `refusal` says why it will not change; "" if it will.

    `seen` names it and the state in which the user saw it.
    """

    id: int
    url: str
    status: str
    amount: str
    recipient: str
    refusal: str
    seen: str = ""
    money: Money | None = None

    @classmethod
    def missing(cls, payout_id: int) -> Self:
        return cls(payout_id, _url(payout_id), "", "", "", _GONE)

    @classmethod
    def of(cls, payout: Payout, action: Action) -> Self:
        money = payout.order.terms.money
        not_offered = "" if action.is_offered(payout) else _NOT_IN_REVIEW
        return cls(
            id=payout.id,
            url=_url(payout.id),
            status=payout.status.value.capitalize(),
            amount=f"{amount(money)} {money.currency.code}",
            recipient=payout.order.recipient.name,
            refusal=not_offered or action.refusal(payout),
            seen=f"{payout.id}@{payout.updated_at.isoformat()}",
            money=money,
        )


def selected_ids(request: HttpRequest) -> tuple[list[int], bool]:
    """Return the ids that the address names or finds, newest first, and whether there are more."""
    if "all" not in request.GET:
        ids = [int(text) for text in request.GET.getlist("payout") if is_id(text)]
        return ids[:MAX_PAYOUTS], len(ids) > MAX_PAYOUTS
    asked = request.GET.copy()
    for name in OWN_PARAMETERS | OTHER_PARAMETERS:
        asked.pop(name, None)
    form = PayoutFilterForm(asked)
    if not form.is_valid():
        raise BadRequest("unreadable filters")
    page = find_payouts(allowed(request, form.search()), size=MAX_PAYOUTS, position=None).page
    return [row.id for row in page.rows], page.next is not None


def select(ids: Sequence[int], action: Action) -> list[Selected]:
    found = DatabasePayouts().get_many(ids)
    return [
        Selected.of(found[id_], action) if id_ in found else Selected.missing(id_)
        for id_ in dict.fromkeys(ids)
    ]


def read_seen(texts: Sequence[str]) -> dict[int, datetime]:
    """Read `Selected.seen` as the form sends it back."""
    if len(texts) > MAX_PAYOUTS:
        raise BadRequest("too many payouts")
    pairs = [text.partition("@") for text in texts]
    try:
        return {int(id_): datetime.fromisoformat(seen) for id_, _, seen in pairs if is_id(id_)}
    except ValueError as error:
        raise BadRequest("not a time") from error


def totals(selected: Sequence[Selected]) -> list[str]:
    """Return the sum of the amounts in each currency."""
    sums: dict[str, Money] = {}
    for money in (each.money for each in selected if each.money):
        known = sums.get(money.currency.code)
        sums[money.currency.code] = (
            replace(money, amount=money.amount + known.amount) if known else money
        )
    return [f"{amount(money)} {code}" for code, money in sorted(sums.items())]


def _url(payout_id: int) -> str:
    return reverse("admin:payouts_payout_change", args=[payout_id])
