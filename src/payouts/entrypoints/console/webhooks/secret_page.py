"""The page that shows a secret once, and the one that rotates it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from payouts.application.webhooks.read_models import EndpointWithSecret
from payouts.bootstrap import webhooks
from payouts.domain.webhooks.secret import ROTATION_PERIOD
from payouts.entrypoints.console.single_use_form import close_form, open_form
from payouts.entrypoints.console.webhooks.page import endpoint_url, for_webhook_managers, render

_HOURS = int(ROTATION_PERIOD.total_seconds() // 3600)


def show_secret(
    request: HttpRequest, endpoint: EndpointWithSecret, *, title: str, is_rotation: bool = False
) -> HttpResponse:
    """Show the secret in the response itself, so that it is stored nowhere else."""
    return render(
        request,
        "secret",
        title=title,
        endpoint=endpoint,
        endpoint_url=endpoint_url(endpoint.id),
        is_rotation=is_rotation,
        hours=_HOURS,
    )


@for_webhook_managers
def rotate_secret(request: HttpRequest, *, endpoint_id: int) -> HttpResponse:
    """Ask, and on POST replace the secret."""
    if request.method == "POST":
        # A reload would end the secret that receivers still use.
        if close_form(request, request.POST.get("form_id", "")):
            rotated = webhooks.rotate_secret()(endpoint_id=endpoint_id)
            return show_secret(request, rotated, title="The new secret", is_rotation=True)
        messages.error(
            request, "This form was sent already. If the secret was rotated, it is not shown again."
        )
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    return render(
        request,
        "rotate_secret",
        title="Rotate the secret",
        endpoint=endpoint,
        endpoint_url=endpoint_url(endpoint_id),
        form_id=open_form(request),
        hours=_HOURS,
    )
