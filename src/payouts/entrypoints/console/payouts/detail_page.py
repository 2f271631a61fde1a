"""The page of a payout."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from payouts.adapters.database.models import Payout
from payouts.adapters.database.payout_search import PayoutRow, latest_payouts
from payouts.entrypoints.console import presentation
from payouts.entrypoints.console.account_numbers import shown_account_number
from payouts.entrypoints.console.ids import is_id
from payouts.entrypoints.console.payouts import permissions
from payouts.entrypoints.console.payouts.action_links import offered_actions
from payouts.entrypoints.console.payouts.list_page import to_row
from payouts.entrypoints.console.payouts.permissions import visible_payout
from payouts.entrypoints.console.payouts.timeline import read_timeline
from payouts.entrypoints.console.payouts.words import explain, explain_failure, is_stuck

Show = Callable[[str], str]

_OTHERS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of the recipient: as it was copied into the payout, and as it is today."""

    name: str
    then: str
    today: str
    differs: bool


def show_payout(request: HttpRequest, text: str) -> TemplateResponse:
    """Render the payout whose id is the text; raise Http404 if the user may not see one."""
    payout = visible_payout(request, text)
    stored = Payout.objects.select_related("recipient").get(pk=payout.id)
    show = permissions.shown_text(
        request, payout.account_number_snapshot, stored.recipient.account_number
    )
    return TemplateResponse(
        request,
        "console/payouts/detail.html",
        admin.site.each_context(request)
        | {
            "title": f"Payout {payout.id}",
            "opts": Payout._meta,  # noqa: SLF001  Django's documented API of models
            "payout": payout,
            "labels": presentation.labels(payout),
            "amount": presentation.amount(payout.money),
            "summary": show(explain(payout, show=presentation.full_time)),
            "is_stuck": is_stuck(payout),
            "actions": offered_actions(request.user, payout.id),
            "facts": _facts(payout, show),
            "processing": _processing(payout, stored),
            "metadata": {key: show(value) for key, value in stored.metadata.items()},
            "recipient": stored.recipient,
            "compared": _compare(request, stored),
            "timeline": read_timeline(payout.id, before=_before(request), show=show),
            "is_newest": _before(request) is None,
            "others": _others(request, payout),
        },
    )


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if is_id(text) else None


def _facts(payout: PayoutRow, show: Show) -> list[tuple[str, str]]:
    facts = [
        ("Reference at the bank", payout.reference),
        ("Idempotency key", show(payout.idempotency_key)),
        ("Text for the recipient", show(payout.remittance_information)),
        ("Created", presentation.full_time(payout.created_at)),
        ("Changed", presentation.full_time(payout.updated_at)),
        ("Completed", _optional_time(payout.completed_at)),
        ("Sent back by the bank, known since", _optional_time(payout.returned_at)),
        ("Deleted", _optional_time(payout.deleted_at)),
    ]
    if payout.failure_code:
        facts.insert(0, ("Failure", show(explain_failure(payout.failure_code, ""))))
        facts.insert(1, ("In detail", show(payout.failure_reason)))
    return [(name, value) for name, value in facts if value]


def _processing(payout: PayoutRow, stored: Payout) -> list[tuple[str, str]]:
    facts = [
        ("Attempts", str(payout.attempt)),
        ("Attempts that the bank may have acted on", str(stored.open_attempts)),
        ("Answers that it is pending", str(stored.pending_count)),
        ("Next attempt", _optional_time(payout.next_attempt_at) or "none"),
        ("Leased to a worker until", _optional_time(payout.lease_expires_at)),
    ]
    return [(name, value) for name, value in facts if value]


def _optional_time(at: Any) -> str:
    return presentation.full_time(at) if at else ""


def _compare(request: HttpRequest, stored: Payout) -> list[Compared]:
    account = partial(shown_account_number, request.user)
    today = stored.recipient
    pairs: list[tuple[str, str, str, Show]] = [
        ("Name", stored.recipient_name_snapshot, today.name, str),
        ("Account number", stored.account_number_snapshot, today.account_number, account),
        ("Bank code", stored.bank_code_snapshot, today.bank_code, str),
    ]
    return [
        Compared(name, show(then), show(now) if now else "", then != now)
        for name, then, now, show in pairs
    ]


def _others(request: HttpRequest, payout: PayoutRow) -> dict[str, Any]:
    rows = latest_payouts(
        recipient_id=payout.recipient_id,
        except_id=payout.id,
        limit=_OTHERS,
        include_deleted=permissions.may_see_deleted(request),
    )
    address = reverse("admin:payouts_payout_changelist")
    return {
        "rows": [to_row(row) for row in rows],
        "url": f"{address}?recipient={payout.recipient_id}",
    }
