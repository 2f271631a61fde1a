"""The list of payouts."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from rest_framework.serializers import ValidationError

from payouts.adapters.database.models import Payout
from payouts.adapters.database.payout_search import (
    FoundPayouts,
    PayoutRow,
    find_payouts,
)
from payouts.application.read_models import Page, Position
from payouts.domain.masking import mask_account_numbers
from payouts.domain.recipient import mask_account_number
from payouts.entrypoints.api.pagination import decode_cursor, encode_cursor
from payouts.entrypoints.console import presentation
from payouts.entrypoints.console.payouts import permissions
from payouts.entrypoints.console.payouts.bulk_selection import offered_bulk_actions
from payouts.entrypoints.console.payouts.filters import OTHER_PARAMETERS, PayoutFilterForm
from payouts.entrypoints.console.payouts.words import explain, is_stuck

_PAGE_SIZE = 50
_NOTHING = FoundPayouts(Page([], next=None, previous=None), is_limited=False)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A payout as the list shows it."""

    id: int
    url: str
    labels: list[tuple[str, str]]
    amount: str
    currency: str
    recipient: str
    account: str
    explanation: str
    is_stuck: bool
    created: str
    created_in_full: str


def show_list(request: HttpRequest) -> TemplateResponse:
    """Render a page of the payouts that the address asks for."""
    form = PayoutFilterForm(request.GET)
    is_valid = form.is_valid()
    position = _position(request)
    found = _NOTHING
    if is_valid:
        found = find_payouts(
            permissions.allowed(request, form.search()), size=_PAGE_SIZE, position=position
        )
    return TemplateResponse(
        request,
        "console/payouts/list.html",
        admin.site.each_context(request)
        | {
            "title": "Payouts",
            "opts": Payout._meta,  # noqa: SLF001  Django's documented API of models
            "form": form,
            "rows": [to_row(payout) for payout in found.page.rows],
            "is_limited": found.is_limited,
            "is_filtered": bool(form.active_filters or form.data.get("q")),
            "is_first": position is None,
            "next_url": _page_url(request, found.page.next),
            "previous_url": _page_url(request, found.page.previous),
            "first_url": _first_url(request),
            "bulk_actions": offered_bulk_actions(request.user) if found.page.rows else [],
            "asked": [pair for pair in request.GET.items() if pair[0] not in OTHER_PARAMETERS],
        },
    )


def to_row(payout: PayoutRow) -> ListRow:
    def show(at: datetime) -> str:
        return presentation.short_time(at, now=payout.read_at)

    return ListRow(
        id=payout.id,
        url=reverse("admin:payouts_payout_change", args=[payout.id]),
        labels=presentation.labels(payout),
        amount=presentation.amount(payout.money),
        currency=payout.currency,
        recipient=payout.recipient_name_snapshot,
        account=mask_account_number(payout.account_number_snapshot),
        # In a list nobody needs more than the last four, whoever may see all of it.
        explanation=mask_account_numbers(
            explain(payout, show=show), payout.account_number_snapshot
        ),
        is_stuck=is_stuck(payout),
        created=show(payout.created_at),
        created_in_full=presentation.full_time(payout.created_at),
    )


def _position(request: HttpRequest) -> Position | None:
    """Return where the page starts; a cursor that cannot be read is the first page."""
    try:
        return decode_cursor(request.GET.get("cursor", ""))
    except ValidationError:
        return None


def _page_url(request: HttpRequest, position: Position | None) -> str | None:
    if not position:
        return None
    parameters = request.GET.copy()
    parameters["cursor"] = encode_cursor(position)
    return f"?{parameters.urlencode()}"


def _first_url(request: HttpRequest) -> str:
    parameters = request.GET.copy()
    parameters.pop("cursor", None)
    return f"?{parameters.urlencode()}"
