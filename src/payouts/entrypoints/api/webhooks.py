"""Webhooks over HTTP."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from payouts.bootstrap import webhooks
from payouts.domain.role import Permission
from payouts.domain.webhooks.endpoint import EndpointDetails
from payouts.entrypoints.api import schema
from payouts.entrypoints.api.auth import actor_of
from payouts.entrypoints.api.list_request import ListRequest
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.requests import (
    EmptyRequest,
    ReplayRequest,
    WebhookChangeRequest,
    WebhookRequest,
)
from payouts.entrypoints.api.responses import (
    accepted,
    created_or_replayed,
    encoded_response,
    json_response,
    no_content,
)

_NEEDED = Permission.MANAGE_WEBHOOKS


class WebhookList(ApiView):
    permissions: ClassVar = {"GET": _NEEDED, "POST": _NEEDED}

    @schema.LIST_WEBHOOKS
    def get(self, request: Request) -> HttpResponse:
        requested = ListRequest.of_webhooks(request)
        page = webhooks.endpoints().page(**requested.arguments)
        return encoded_response(requested.render(page))

    @schema.CREATE_WEBHOOK
    def post(self, request: Request) -> HttpResponse:
        details = EndpointDetails(**WebhookRequest.read(request.data))
        endpoint = webhooks.create_endpoint()(details=details, actor=actor_of(request))
        return created_or_replayed(
            endpoint, is_replay=False, location=f"{request.path}{endpoint.id}/"
        )


class WebhookDetail(ApiView):
    permissions: ClassVar = {"GET": _NEEDED, "PATCH": _NEEDED, "DELETE": _NEEDED}

    @schema.READ_WEBHOOK
    def get(self, request: Request, endpoint_id: int) -> HttpResponse:
        return json_response(webhooks.endpoints().one(endpoint_id=endpoint_id))

    @schema.CHANGE_WEBHOOK
    def patch(self, request: Request, endpoint_id: int) -> HttpResponse:
        changes = WebhookChangeRequest.read(request.data, partial=True)
        endpoint = webhooks.change_endpoint()(endpoint_id=endpoint_id, changes=changes)
        return json_response(endpoint)

    @schema.REMOVE_WEBHOOK
    def delete(self, request: Request, endpoint_id: int) -> HttpResponse:
        webhooks.endpoints().remove(endpoint_id=endpoint_id)
        return no_content()


class WebhookSecret(ApiView):
    permissions: ClassVar = {"POST": _NEEDED}

    @schema.ROTATE_SECRET
    def post(self, request: Request, endpoint_id: int) -> HttpResponse:
        EmptyRequest.read(request.data)
        return json_response(webhooks.rotate_secret()(endpoint_id=endpoint_id))


class WebhookTest(ApiView):
    permissions: ClassVar = {"POST": _NEEDED}

    @schema.TEST_WEBHOOK
    def post(self, request: Request, endpoint_id: int) -> HttpResponse:
        EmptyRequest.read(request.data)
        return json_response(webhooks.send_test_message()(endpoint_id=endpoint_id))


class WebhookReplay(ApiView):
    permissions: ClassVar = {"POST": _NEEDED}

    @schema.REPLAY_WEBHOOK
    def post(self, request: Request, endpoint_id: int) -> HttpResponse:
        requested = ReplayRequest.read(request.data)
        return accepted(webhooks.endpoints().replay(endpoint_id=endpoint_id, **requested))


class WebhookDeliveries(ApiView):
    permissions: ClassVar = {"GET": _NEEDED}

    @schema.LIST_DELIVERIES
    def get(self, request: Request, endpoint_id: int) -> HttpResponse:
        requested = ListRequest.of_deliveries(request)
        page = webhooks.deliveries().page(endpoint_id=endpoint_id, **requested.arguments)
        return encoded_response(requested.render(page))


class WebhookResend(ApiView):
    permissions: ClassVar = {"POST": _NEEDED}

    @schema.RESEND_DELIVERY
    def post(self, request: Request, endpoint_id: int, delivery_id: int) -> HttpResponse:
        EmptyRequest.read(request.data)
        delivery = webhooks.deliveries().resend(endpoint_id=endpoint_id, delivery_id=delivery_id)
        return accepted(delivery)
