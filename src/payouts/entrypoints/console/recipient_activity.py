"""The page on which a recipient is deactivated or activated, with what follows from it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from payouts import bootstrap
from payouts.adapters.database.models import Recipient
from payouts.domain.errors import DomainError
from payouts.entrypoints.console.recipient_page import newest_payouts, not_ended


class ActivityForm(forms.Form):
    """Names the state of the recipient that the user has seen."""

    seen_updated_at = forms.CharField(widget=forms.HiddenInput)

    def clean_seen_updated_at(self) -> datetime:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen_updated_at"])
        except ValueError as error:
            raise ValidationError("Open the page again.") from error


def show_activity_form(
    page: Any, request: HttpRequest, object_id: str, *, is_active: bool
) -> HttpResponse:
    """Ask, and on POST change `is_active` through the use case of the API."""
    recipient = page.get_object(request, unquote(object_id))
    if not recipient:
        raise Http404
    if not page.has_change_permission(request, recipient):
        raise PermissionDenied
    address = reverse("admin:payouts_recipient_change", args=[recipient.pk])
    if recipient.is_active is is_active:
        messages.info(request, f"{recipient} is {_name(is_active=is_active)} already.")
        return HttpResponseRedirect(address)
    form = ActivityForm(
        request.POST or None, initial={"seen_updated_at": recipient.updated_at.isoformat()}
    )
    if form.is_valid() and _change(request, form, recipient, is_active=is_active):
        messages.success(request, f"{recipient} is {_name(is_active=is_active)} now.")
        return HttpResponseRedirect(address)
    return TemplateResponse(
        request,
        "console/recipients/activity.html",
        admin.site.each_context(request)
        | {
            "title": f"{'Activate' if is_active else 'Deactivate'} {recipient}",
            "opts": page.opts,
            "recipient": recipient,
            "recipient_url": address,
            "is_activation": is_active,
            "open_payouts": not_ended(newest_payouts(recipient)),
            "form": form,
        },
    )


def _change(
    request: HttpRequest, form: ActivityForm, recipient: Recipient, *, is_active: bool
) -> bool:
    try:
        bootstrap.change_recipient()(
            recipient_id=recipient.pk,
            changes={"is_active": is_active},
            actor=request.user.get_username(),
            expected_updated_at=form.cleaned_data["seen_updated_at"],
        )
    except DomainError as error:
        form.add_error(None, ValidationError(str(error), code=error.code))
        return False
    recipient.is_active = is_active
    return True


def _name(*, is_active: bool) -> str:
    return "active" if is_active else "not active"
