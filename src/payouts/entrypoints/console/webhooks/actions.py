"""Enabling, disabling, removing and testing an endpoint."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from payouts.bootstrap import webhooks
from payouts.domain.webhooks.retries import SUCCESS_CODES
from payouts.entrypoints.console.webhooks.page import (
    back_to,
    endpoint_url,
    for_webhook_managers,
    list_url,
    render,
)
from payouts.entrypoints.console.webhooks.words import answered


@for_webhook_managers
def set_enabled(request: HttpRequest, *, endpoint_id: int, is_enabled: bool) -> HttpResponse:
    """Change it on POST; what was loaded as a page leads back to the endpoint."""
    if request.method == "POST":
        webhooks.change_endpoint()(endpoint_id=endpoint_id, changes={"is_enabled": is_enabled})
        text = (
            "The webhook is enabled. Events that have waited are sent now."
            if is_enabled
            else "The webhook is disabled. Its events wait until it is enabled again."
        )
        messages.success(request, text)
    return back_to(endpoint_id)


@for_webhook_managers
def remove_endpoint(request: HttpRequest, *, endpoint_id: int) -> HttpResponse:
    """Ask, and on POST remove it."""
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    if request.method == "POST":
        webhooks.endpoints().remove(endpoint_id=endpoint_id)
        messages.success(request, f"The webhook to {endpoint.url} is removed.")
        return HttpResponseRedirect(list_url())
    return render(
        request,
        "remove",
        title="Remove the webhook",
        endpoint=endpoint,
        endpoint_url=endpoint_url(endpoint_id),
    )


@for_webhook_managers
def test_endpoint(request: HttpRequest, *, endpoint_id: int) -> HttpResponse:
    """On POST send a test message, and show what came back."""
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    answer = None
    if request.method == "POST":
        answer = webhooks.send_test_message()(endpoint_id=endpoint_id)
    return render(
        request,
        "test",
        title="Send a test message",
        endpoint=endpoint,
        endpoint_url=endpoint_url(endpoint_id),
        answer=answer,
        outcome=answer and answered(answer.status_code, answer.error),
        is_success=answer and answer.status_code in SUCCESS_CODES,
    )
