"""What the page of a recipient shows below its fields: payouts, and the history of changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from payouts.adapters.database.models import Payout, Recipient, RecipientChange
from payouts.domain.money import Currency, Money
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.console.account_numbers import shown_account_number
from payouts.entrypoints.console.presentation import amount_with_currency

_SHOWN_PAYOUTS = 10
_SHOWN_CHANGES = 20
# Of a recipient with more payouts, older ones that have not ended are not counted.
_LOOKED_AT: Final = 1000
_SOON: Final = timedelta(days=1)
_OPEN = [status for status in PayoutStatus if not status.is_terminal]
_LABELS: Final = {
    "external_id": "External id",
    "type": "Type",
    "name": "Name",
    "account_number": "Account number",
    "bank_code": "Bank code",
    "country": "Country",
    "is_active": "Active",
}
_ACTIONS: Final = {
    "created": "Added",
    "changed": "Changed",
    "deactivated": "Deactivated",
    "activated": "Activated",
}
# What a payout takes over from its recipient. A change of it soon after a payout may be a fraud.
_COPIED: Final = frozenset({"name", "account_number", "bank_code"})


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field with its values before and after, as the user may see them."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """An entry of the history. `follows` are payouts of the day before that have not ended."""

    what: str
    at: datetime
    actor: str
    request_id: str
    fields: list[ChangedField]
    follows: list[Payout]


def newest_payouts(recipient: Recipient) -> list[Payout]:
    """Return the newest payouts that are not deleted, as many as the page looks at."""
    rows = Payout.objects.filter(recipient=recipient.pk, deleted_at=None)
    columns = ("id", "status", "needs_review", "amount", "currency", "minor_units", "created_at")
    return list(rows.order_by("-created_at", "-id").only(*columns)[:_LOOKED_AT])


def not_ended(payouts: list[Payout]) -> list[Payout]:
    return [payout for payout in payouts if payout.status in _OPEN]


def recent(payouts: list[Payout], *, before: datetime) -> list[Payout]:
    """Return those that were created within the day before."""
    return [payout for payout in payouts if before - _SOON <= payout.created_at <= before]


def describe_open(payouts: list[Payout]) -> str:
    """Say in a sentence what a change does not do to payouts that have not ended."""
    count = f"{len(payouts)} payouts" if len(payouts) > 1 else f"Payout {payouts[0].pk}"
    verbs = ("have", "keep", "they were") if len(payouts) > 1 else ("has", "keeps", "it was")
    return (
        f"{count} to this recipient {verbs[0]} not ended and {verbs[1]} the name and the account"
        f" that {verbs[2]} made with."
    )


def page_context(request: HttpRequest, recipient: Recipient) -> dict[str, Any]:
    payouts = newest_payouts(recipient)
    open_payouts = not_ended(payouts)
    entries, older = _changes(request, recipient, open_payouts)
    return {
        "recipient": recipient,
        "payouts": [_to_row(payout) for payout in payouts[:_SHOWN_PAYOUTS]],
        "payouts_url": f"{reverse('admin:payouts_payout_changelist')}?recipient={recipient.pk}",
        "open_payouts": describe_open(open_payouts) if open_payouts else "",
        "changes": entries,
        "older_changes": older,
        "is_newest": "before" not in request.GET,
    }


def _to_row(payout: Payout) -> dict[str, Any]:
    money = Money(payout.amount, Currency(payout.currency, payout.minor_units))
    return {"payout": payout, "money": amount_with_currency(money)}


def _changes(
    request: HttpRequest, recipient: Recipient, open_payouts: list[Payout]
) -> tuple[list[ShownChange], str]:
    """Return a page of the history, newest first, and the query of the next page."""
    rows = recipient.changes.order_by("-id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < len("9" * 19):
        rows = rows.filter(id__lt=int(before))
    found = list(rows[: _SHOWN_CHANGES + 1])
    shown = [_to_entry(request, row, open_payouts) for row in found[:_SHOWN_CHANGES]]
    has_more = len(found) > _SHOWN_CHANGES
    return shown, f"?before={found[_SHOWN_CHANGES - 1].pk}#history" if has_more else ""


def _to_entry(
    request: HttpRequest, row: RecipientChange, open_payouts: list[Payout]
) -> ShownChange:
    is_suspicious = row.what != "created" and _COPIED & row.changes.keys()
    return ShownChange(
        what=_ACTIONS[row.what],
        at=row.at,
        actor=row.actor,
        request_id=row.request_id,
        fields=[
            ChangedField(
                label=label,
                old=_shown(request, name, row.changes[name]["old"]),
                new=_shown(request, name, row.changes[name]["new"]),
            )
            for name, label in _LABELS.items()
            if name in row.changes
        ],
        follows=recent(open_payouts, before=row.at) if is_suspicious else [],
    )


def _shown(request: HttpRequest, name: str, value: str | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "account_number" and value:
        return shown_account_number(request.user, value)
    return value or ""
