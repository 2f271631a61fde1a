"""Recipients over HTTP."""

from http import HTTPStatus

from django.http import HttpResponse
from rest_framework.request import Request

from payouts import bootstrap
from payouts.domain.recipient import RecipientDetails
from payouts.entrypoints.api import schema
from payouts.entrypoints.api.list_request import ListRequest
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.requests import RecipientRequest
from payouts.entrypoints.api.responses import encoded_response, json_response


class RecipientList(ApiView):
    staff_methods = ("POST",)

    @schema.LIST_RECIPIENTS
    def get(self, request: Request) -> HttpResponse:
        requested = ListRequest.of_recipients(request)
        page = bootstrap.recipients().page(**requested.arguments)
        return encoded_response(requested.render(page))

    @schema.ADD_RECIPIENT
    def post(self, request: Request) -> HttpResponse:
        details = RecipientDetails(**RecipientRequest.read(request.data))
        recipient = bootstrap.recipients().add(details)
        return json_response(
            recipient,
            status=HTTPStatus.CREATED,
            headers={"Location": f"{request.path}{recipient.id}/"},
        )


class RecipientDetail(ApiView):
    staff_methods = ("PATCH",)

    @schema.READ_RECIPIENT
    def get(self, request: Request, recipient_id: int) -> HttpResponse:
        return json_response(bootstrap.recipients().one(recipient_id=recipient_id))

    @schema.CHANGE_RECIPIENT
    def patch(self, request: Request, recipient_id: int) -> HttpResponse:
        changes = RecipientRequest.read(request.data, partial=True)
        recipient = bootstrap.recipients().change(recipient_id=recipient_id, changes=changes)
        return json_response(recipient)
