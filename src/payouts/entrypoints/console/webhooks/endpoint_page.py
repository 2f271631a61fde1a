"""The page of an endpoint: its health, what can be done, and the log of its deliveries."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget

from payouts.adapters.database.webhooks.activity import read_activity
from payouts.application.webhooks.read_models import DeliveryView, EndpointView
from payouts.bootstrap import webhooks
from payouts.domain.client_events import ClientEventType
from payouts.domain.webhooks.retries import DeliveryStatus
from payouts.entrypoints.console.page_links import PageLinks, position_of
from payouts.entrypoints.console.presentation import full_time, short_time
from payouts.entrypoints.console.webhooks import words
from payouts.entrypoints.console.webhooks.page import for_webhook_managers, render

_PAGE_SIZE = 50


class DeliveryFilterForm(forms.Form):
    """Filters that are left empty select all."""

    status = forms.TypedChoiceField(
        coerce=DeliveryStatus,
        empty_value=None,
        required=False,
        choices=[("", "All"), *((status.value, status.capitalize()) for status in DeliveryStatus)],
        widget=UnfoldAdminSelectWidget,
    )
    event_type = forms.TypedChoiceField(
        coerce=ClientEventType,
        empty_value=None,
        required=False,
        choices=[("", "All"), *((type_.value, type_.value) for type_ in ClientEventType)],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter-%s")

    @property
    def is_used(self) -> bool:
        return any(self.cleaned_data.values())


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as the log shows it."""

    delivery: DeliveryView
    address: str
    label: words.Label
    outcome: str
    created: str
    created_in_full: str


@for_webhook_managers
def show_endpoint(request: HttpRequest, *, endpoint_id: int) -> HttpResponse:
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    activity = read_activity([endpoint_id])[endpoint_id]
    form = DeliveryFilterForm(request.GET)
    # A filter that does not exist selects all, and the form says that it does not.
    filters = form.cleaned_data if form.is_valid() else {}
    page = webhooks.deliveries().page(
        endpoint_id=endpoint_id, size=_PAGE_SIZE, position=position_of(request), **filters
    )
    return render(
        request,
        "endpoint",
        title="Webhook",
        endpoint=endpoint,
        health=words.describe(endpoint, activity, show=full_time),
        facts=_facts(endpoint),
        form=form,
        is_filtered=form.is_used,
        rows=[_to_row(delivery, endpoint_id, now=activity.read_at) for delivery in page.rows],
        pages=PageLinks.of(request, page),
    )


def _facts(endpoint: EndpointView) -> list[tuple[str, str]]:
    return [
        ("Description", endpoint.description or "none"),
        ("Event types", words.event_types(endpoint.event_types)),
        ("Added", f"{full_time(endpoint.created_at)} by {endpoint.created_by}"),
        ("Changed", full_time(endpoint.updated_at)),
    ]


def _to_row(delivery: DeliveryView, endpoint_id: int, *, now: datetime) -> DeliveryRow:
    show = partial(short_time, now=now)
    named = {"endpoint_id": endpoint_id, "delivery_id": delivery.id}
    return DeliveryRow(
        delivery=delivery,
        address=reverse("admin:webhook_delivery", kwargs=named),
        label=words.label_of(delivery),
        outcome=words.outcome(delivery, now=now, show=show),
        created=show(delivery.created_at),
        created_in_full=full_time(delivery.created_at),
    )
