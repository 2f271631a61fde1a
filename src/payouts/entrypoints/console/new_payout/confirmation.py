"""Makes the payout that staff have reviewed, once."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from payouts import bootstrap
from payouts.adapters.database.models import Payout
from payouts.application.create_payout import Created, Replayed
from payouts.domain.errors import (
    CurrencyNotAllowedError,
    CurrencyUnknownError,
    DomainError,
    IdempotencyKeyReusedError,
    PayoutDeletedError,
    RecipientInactiveError,
    RecipientNotFoundError,
)
from payouts.domain.idempotency import IdempotencyKey
from payouts.entrypoints.console.form_errors import to_form_error
from payouts.entrypoints.console.new_payout.form import PayoutForm
from payouts.entrypoints.console.new_payout.rendering import payout_url, render_form, review_url
from payouts.entrypoints.console.presentation import amount_with_currency

_FIELDS: Final[dict[type[DomainError], str]] = {
    RecipientNotFoundError: "recipient",
    RecipientInactiveError: "recipient",
    CurrencyNotAllowedError: "currency",
    CurrencyUnknownError: "currency",
}


def confirm(request: HttpRequest, key: UUID) -> HttpResponse:
    """Create what the sent form says, which is what the user has seen.

    A form that is no longer valid may have made its payout before.
    """
    form = PayoutForm(request.POST)
    is_valid = form.is_valid()
    if is_valid and request.POST.get("seen_updated_at") == form.recipient_updated_at:
        return _create(request, key, form)
    if made := find_made(key):
        return lead_to_made_before(request, made.pk)
    if not is_valid:
        return render_form(request, key, form)
    messages.warning(request, "The recipient was changed meanwhile. Nothing was paid yet.")
    return HttpResponseRedirect(review_url(key))


def find_made(key: UUID) -> Payout | None:
    """Return the payout that the form with this key has made."""
    return Payout.objects.filter(idempotency_key=str(key)).only("id").first()


def lead_to_made_before(request: HttpRequest, payout_id: int) -> HttpResponse:
    messages.info(
        request,
        "This payout was made already, with the same form. Nothing was paid twice."
        " Open a new form for another payout.",
    )
    return HttpResponseRedirect(payout_url(payout_id))


def _create(request: HttpRequest, key: UUID, form: PayoutForm) -> HttpResponse:
    try:
        result = bootstrap.create_payout()(
            terms=form.terms,
            idempotency_key=IdempotencyKey.parse(str(key)),
            actor=request.user.get_username(),
        )
    except (IdempotencyKeyReusedError, PayoutDeletedError):
        return _lead_to_another(request, Payout.objects.get(idempotency_key=str(key)))
    except DomainError as error:
        form.add_error(_FIELDS.get(type(error)), to_form_error(error))
        return render_form(request, key, form)
    return _lead_to(request, result)


def _lead_to(request: HttpRequest, result: Created | Replayed) -> HttpResponse:
    payout = result.payout
    if isinstance(result, Replayed):
        return lead_to_made_before(request, payout.id)
    name, amount = payout.order.recipient.name, amount_with_currency(payout.order.terms.money)
    messages.success(request, f"The payout of {amount} to {name} was made.")
    return HttpResponseRedirect(payout_url(payout.id))


def _lead_to_another(request: HttpRequest, payout: Payout) -> HttpResponse:
    messages.warning(
        request,
        "Nothing was paid now. The form has made this payout before: it was deleted since, or made"
        " with other values. Open a new form for another payout.",
    )
    return HttpResponseRedirect(payout_url(payout.pk))
