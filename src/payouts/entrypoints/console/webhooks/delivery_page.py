"""The page of a delivery, and the action that sends it again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from payouts.application.webhooks.read_models import DeliveryView
from payouts.bootstrap import webhooks
from payouts.entrypoints.console.presentation import full_time
from payouts.entrypoints.console.webhooks import words
from payouts.entrypoints.console.webhooks.page import endpoint_url, for_webhook_managers, render


@for_webhook_managers
def show_delivery(request: HttpRequest, *, endpoint_id: int, delivery_id: int) -> HttpResponse:
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    delivery = webhooks.deliveries().one(endpoint_id=endpoint_id, delivery_id=delivery_id)
    return render(
        request,
        "delivery",
        title=f"Delivery of {delivery.message_id}",
        endpoint=endpoint,
        endpoint_url=endpoint_url(endpoint_id),
        delivery=delivery,
        label=words.label_of(delivery),
        outcome=words.outcome(delivery, now=timezone.now(), show=full_time),
        facts=_facts(delivery),
    )


@for_webhook_managers
def resend_delivery(request: HttpRequest, *, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Send it again on POST; what was loaded as a page leads back to the delivery."""
    if request.method == "POST":
        webhooks.deliveries().resend(endpoint_id=endpoint_id, delivery_id=delivery_id)
        messages.success(request, "The message is sent again soon, with the same id.")
    named = {"endpoint_id": endpoint_id, "delivery_id": delivery_id}
    return HttpResponseRedirect(reverse("admin:webhook_delivery", kwargs=named))


def _facts(delivery: DeliveryView) -> list[tuple[str, str]]:
    facts = [
        ("Message id", delivery.message_id),
        ("Event type", delivery.event_type),
        ("Attempts", str(delivery.attempts)),
        ("Last status code", str(delivery.last_status_code or "")),
        ("Last error", delivery.last_error or ""),
        ("Next attempt", full_time(delivery.next_attempt_at) if delivery.next_attempt_at else ""),
        ("Created", full_time(delivery.created_at)),
        ("Delivered", full_time(delivery.delivered_at) if delivery.delivered_at else ""),
    ]
    return [(name, value) for name, value in facts if value]
