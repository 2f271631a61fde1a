"""The page that sends events of an endpoint again, after it has said which."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timesince
from unfold.widgets import UnfoldAdminTextInputWidget

from payouts.adapters.database.webhooks.activity import COUNTED, count_events_since
from payouts.application.webhooks.read_models import EndpointView
from payouts.bootstrap import webhooks
from payouts.entrypoints.console.presentation import full_time
from payouts.entrypoints.console.webhooks.page import (
    back_to,
    endpoint_url,
    for_webhook_managers,
    render,
)

_OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FORMATS: Final = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class ReplayForm(forms.Form):
    """A time without an offset is one of the viewer's time zone."""

    since = forms.DateTimeField(
        label="Since",
        input_formats=_FORMATS,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        validators=[MinValueValidator(_OLDEST)],
        error_messages={"invalid": "Enter a date and a time, such as 2026-01-31T12:00."},
    )

    def clean_since(self) -> datetime:
        since: datetime = self.cleaned_data["since"]
        if since > timezone.now():
            raise ValidationError("This time is in the future.", code="future")
        return since


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do, in words. `since` has the offset that a form of a page has not."""

    since: str
    sentences: list[str]


@for_webhook_managers
def replay(request: HttpRequest, *, endpoint_id: int) -> HttpResponse:
    """Ask since when; show what that means; do it on POST."""
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    data = request.POST if request.method == "POST" else request.GET
    form = ReplayForm(data if "since" in data else None)
    preview = None
    if form.is_valid():
        since = form.cleaned_data["since"]
        if request.method == "POST":
            webhooks.endpoints().replay(endpoint_id=endpoint_id, since=since)
            messages.success(request, f"Events since {full_time(since)} are sent again.")
            return back_to(endpoint_id)
        preview = Preview(since.isoformat(), _describe(endpoint, since))
    return render(
        request,
        "replay",
        title="Replay events",
        endpoint=endpoint,
        endpoint_url=endpoint_url(endpoint_id),
        form=form,
        preview=preview,
        time_zone=timezone.get_current_timezone_name(),
    )


def _describe(endpoint: EndpointView, since: datetime) -> list[str]:
    count = count_events_since(since, endpoint.event_types)
    return [
        f"{_amount(count)} since {full_time(since)}, {timesince(since)} ago.",
        "Messages have the same ids as before: a receiver that remembers them skips what it knows.",
        *(["Events from before the webhook was added are sent too."] * _is_older(endpoint, since)),
        *(["New events are sent after these."] * endpoint.is_enabled),
        *(["It is disabled: they are sent once it is enabled."] * (not endpoint.is_enabled)),
    ]


def _amount(count: int | None) -> str:
    if count is None:
        return f"More than {COUNTED:,} events may be sent: all"
    if count == 0:
        return "No events are sent again: none happened"
    return (
        "1 event is sent again: the one" if count == 1 else f"{count:,} events are sent again: all"
    )


def _is_older(endpoint: EndpointView, since: datetime) -> bool:
    return since < endpoint.created_at
