"""Payouts over HTTP."""

from dataclasses import replace
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from payouts import bootstrap
from payouts.application.create_payout import Replayed
from payouts.application.read_models import PageQuery, to_response
from payouts.domain.role import Permission
from payouts.entrypoints.api import schema
from payouts.entrypoints.api.auth import actor_of
from payouts.entrypoints.api.list_request import (
    INCLUDE_DELETED,
    ListRequest,
    read_include_deleted,
)
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.requests import ResolutionRequest, StatusRequest, read_new_payout
from payouts.entrypoints.api.responses import (
    created_or_replayed,
    encoded_response,
    json_response,
    no_content,
)
from payouts.entrypoints.api.visibility import sees_account_numbers, visible

_FOR_DELETED = {INCLUDE_DELETED: Permission.VIEW_DELETED_PAYOUT}


class PayoutList(ApiView):
    permissions: ClassVar = {"GET": Permission.VIEW_PAYOUT, "POST": Permission.ADD_PAYOUT}
    parameter_permissions: ClassVar = _FOR_DELETED

    @schema.LIST_PAYOUTS
    def get(self, request: Request) -> HttpResponse:
        requested = ListRequest.of_payouts(request)
        body = bootstrap.list_payouts()(
            query=PageQuery(**requested.arguments),
            url=requested.url,
            render=requested.render,
            mask_account_numbers=not sees_account_numbers(request),
        )
        return encoded_response(body)

    @schema.CREATE_PAYOUT
    def post(self, request: Request) -> HttpResponse:
        new_payout = read_new_payout(
            request.data, key_in_header=request.META.get("HTTP_IDEMPOTENCY_KEY")
        )
        result = bootstrap.create_payout()(**new_payout, actor=actor_of(request))
        payout = visible(request, to_response(result.payout))
        return created_or_replayed(
            payout,
            is_replay=isinstance(result, Replayed),
            location=f"{request.path}{payout.id}/",
        )


class PayoutDetail(ApiView):
    permissions: ClassVar = {
        "GET": Permission.VIEW_PAYOUT,
        "PATCH": Permission.CHANGE_PAYOUT,
        "DELETE": Permission.DELETE_PAYOUT,
    }
    parameter_permissions: ClassVar = _FOR_DELETED

    @schema.READ_PAYOUT
    def get(self, request: Request, payout_id: int) -> HttpResponse:
        payout = bootstrap.reads().one(payout_id=payout_id, **read_include_deleted(request))
        return json_response(visible(request, payout))

    @schema.CHANGE_STATUS
    def patch(self, request: Request, payout_id: int) -> HttpResponse:
        change = StatusRequest.read(request.data)
        payout = bootstrap.change_status()(payout_id=payout_id, **change, actor=actor_of(request))
        return json_response(visible(request, to_response(payout)))

    @schema.DELETE_PAYOUT
    def delete(self, request: Request, payout_id: int) -> HttpResponse:
        bootstrap.delete_payout()(payout_id=payout_id, actor=actor_of(request))
        return no_content()


class PayoutResolution(ApiView):
    permissions: ClassVar = {"POST": Permission.CHANGE_PAYOUT}

    @schema.RESOLVE_PAYOUT
    def post(self, request: Request, payout_id: int) -> HttpResponse:
        decision = ResolutionRequest.read(request.data)
        payout = bootstrap.resolve_payout()(
            payout_id=payout_id,
            resolution=decision["outcome"],
            evidence=decision["evidence"],
            actor=actor_of(request),
        )
        return json_response(visible(request, to_response(payout)))


class PayoutEvents(ApiView):
    permissions: ClassVar = {"GET": Permission.VIEW_PAYOUT}
    parameter_permissions: ClassVar = _FOR_DELETED

    @schema.READ_EVENTS
    def get(self, request: Request, payout_id: int) -> HttpResponse:
        requested = ListRequest.of_events(request)
        page = bootstrap.reads().history(payout_id=payout_id, **requested.arguments)
        if not sees_account_numbers(request):
            payout = bootstrap.reads().one(payout_id=payout_id, include_deleted=True)
            number = payout.account_number_snapshot
            page = replace(page, rows=[event.masked(number) for event in page.rows])
        return encoded_response(requested.render(page))
