"""The addresses of the pages, and what they show."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from payouts.entrypoints.console.account_numbers import shown_account_number
from payouts.entrypoints.console.new_payout.form import PayoutForm
from payouts.entrypoints.console.presentation import amount_with_currency


def form_url(key: UUID) -> str:
    return reverse("admin:payouts_payout_new_form", args=[key])


def review_url(key: UUID) -> str:
    return reverse("admin:payouts_payout_new_review", args=[key])


def payout_url(payout_id: int) -> str:
    return reverse("admin:payouts_payout_change", args=[payout_id])


def render_form(request: HttpRequest, key: UUID, form: PayoutForm) -> HttpResponse:
    context = {"title": "New payout", "form": form, "form_url": form_url(key)}
    return _render(request, "console/new_payout/form.html", context)


def render_review(request: HttpRequest, key: UUID, form: PayoutForm) -> HttpResponse:
    """Show what a valid form would make."""
    recipient = form.cleaned_data["recipient"]
    context = {
        "title": "Review the new payout",
        "form": form,
        "form_url": form_url(key),
        "recipient": recipient,
        "account_number": shown_account_number(request.user, recipient.account_number),
        "amount": amount_with_currency(form.cleaned_data["money"]),
        "text": form.cleaned_data["remittance_information"],
        "is_sandbox": settings.PAYOUTS_ENVIRONMENT == "sandbox",
    }
    return _render(request, "console/new_payout/review.html", context)


def _render(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, admin.site.each_context(request) | context)
