"""The pages on which an endpoint is added or changed."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from payouts.application.webhooks.read_models import EndpointWithSecret
from payouts.bootstrap import webhooks
from payouts.domain.errors import InvalidValueError
from payouts.entrypoints.console.single_use_form import close_form, open_form
from payouts.entrypoints.console.webhooks.endpoint_form import EndpointForm
from payouts.entrypoints.console.webhooks.page import (
    back_to,
    endpoint_url,
    for_webhook_managers,
    list_url,
    render,
)
from payouts.entrypoints.console.webhooks.secret_page import show_secret

_SENT_ALREADY = (
    "This form was sent already. If the webhook was added, its secret cannot be shown again: rotate"
    " it on the page of the webhook."
)


@for_webhook_managers
def add_endpoint(request: HttpRequest) -> HttpResponse:
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (endpoint := _add(request, form)):
        return show_secret(request, endpoint, title="The webhook is added")
    form.give_form_id(open_form(request))
    return render(
        request, "form", title="Add a webhook", form=form, cancel_url=list_url(), button="Add"
    )


@for_webhook_managers
def edit_endpoint(request: HttpRequest, *, endpoint_id: int) -> HttpResponse:
    endpoint = webhooks.endpoints().one(endpoint_id=endpoint_id)
    form = EndpointForm.of(endpoint, request.POST if request.method == "POST" else None)
    if form.is_valid() and _change(form, endpoint_id):
        messages.success(request, "The webhook is saved.")
        return back_to(endpoint_id)
    return render(
        request,
        "form",
        title="Edit the webhook",
        form=form,
        cancel_url=endpoint_url(endpoint_id),
        button="Save",
    )


def _add(request: HttpRequest, form: EndpointForm) -> EndpointWithSecret | None:
    if not close_form(request, form.cleaned_data["form_id"]):
        form.add_error(None, ValidationError(_SENT_ALREADY, code="sent_already"))
        return None
    try:
        return webhooks.create_endpoint()(details=form.details(), actor=request.user.get_username())
    except InvalidValueError as error:
        form.refuse(error)
        return None


def _change(form: EndpointForm, endpoint_id: int) -> bool:
    try:
        webhooks.change_endpoint()(endpoint_id=endpoint_id, changes=form.changes())
    except InvalidValueError as error:
        form.refuse(error)
        return False
    return True
