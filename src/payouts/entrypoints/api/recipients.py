"""Recipients over HTTP."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from payouts import bootstrap
from payouts.application.add_recipient import AlreadyThere
from payouts.domain.recipient import RecipientDetails
from payouts.domain.role import Permission
from payouts.entrypoints.api import schema
from payouts.entrypoints.api.auth import actor_of
from payouts.entrypoints.api.list_request import ACCOUNT_NUMBER, ListRequest
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.requests import RecipientChangeRequest, RecipientRequest
from payouts.entrypoints.api.responses import (
    created_or_replayed,
    encoded_response,
    json_response,
)
from payouts.entrypoints.api.visibility import visible, visible_page


class RecipientList(ApiView):
    permissions: ClassVar = {"GET": Permission.VIEW_RECIPIENT, "POST": Permission.ADD_RECIPIENT}
    # A filter that matches confirms the whole number.
    parameter_permissions: ClassVar = {ACCOUNT_NUMBER: Permission.VIEW_ACCOUNT_NUMBER}

    @schema.LIST_RECIPIENTS
    def get(self, request: Request) -> HttpResponse:
        requested = ListRequest.of_recipients(request)
        page = bootstrap.recipients().page(**requested.arguments)
        return encoded_response(requested.render(visible_page(request, page)))

    @schema.ADD_RECIPIENT
    def post(self, request: Request) -> HttpResponse:
        values = RecipientRequest.read(request.data)
        result = bootstrap.add_recipient()(
            details=RecipientDetails(**values),
            compare_is_active="is_active" in values,
            actor=actor_of(request),
        )
        return created_or_replayed(
            visible(request, result.recipient),
            is_replay=isinstance(result, AlreadyThere),
            location=f"{request.path}{result.recipient.id}/",
        )


class RecipientDetail(ApiView):
    permissions: ClassVar = {
        "GET": Permission.VIEW_RECIPIENT,
        "PATCH": Permission.CHANGE_RECIPIENT,
    }

    @schema.READ_RECIPIENT
    def get(self, request: Request, recipient_id: int) -> HttpResponse:
        recipient = bootstrap.recipients().one(recipient_id=recipient_id)
        return json_response(visible(request, recipient))

    @schema.CHANGE_RECIPIENT
    def patch(self, request: Request, recipient_id: int) -> HttpResponse:
        changes = RecipientChangeRequest.read(request.data, partial=True)
        result = bootstrap.change_recipient()(
            recipient_id=recipient_id, changes=changes, actor=actor_of(request)
        )
        return json_response(visible(request, result.recipient))
