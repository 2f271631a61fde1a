"""Payouts over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from payouts import bootstrap
from payouts.entrypoints.api import shapes
from payouts.entrypoints.api.accepted import accept_payout, represent
from payouts.entrypoints.api.answers import answer, answer_bytes, no_content
from payouts.entrypoints.api.auth import actor_of
from payouts.entrypoints.api.pagination import address_of
from payouts.entrypoints.api.requests import ResolutionForm, StatusChange
from payouts.entrypoints.api.view import ApiView
from payouts.entrypoints.api.wanted_page import WantedPage


class PayoutList(ApiView):
    @extend_schema(**shapes.LIST_PAYOUTS)
    def get(self, request: Request) -> HttpResponse:
        wanted = WantedPage.read(request.query_params, address=address_of(request))
        return answer_bytes(wanted.rendered().body)

    @extend_schema(**shapes.CREATE_PAYOUT)
    def post(self, request: Request) -> HttpResponse:
        accepted = accept_payout(
            request.data,
            key_in_header=request.META.get("HTTP_IDEMPOTENCY_KEY"),
            actor=actor_of(request),
        )
        return answer_bytes(accepted.body, status=accepted.status, headers=accepted.headers)


class PayoutDetail(ApiView):
    staff_methods = ("PATCH", "DELETE")

    @extend_schema(**shapes.READ_PAYOUT)
    def get(self, request: Request, payout_id: int) -> HttpResponse:
        return answer(bootstrap.reads().one(payout_id=payout_id))

    @extend_schema(**shapes.CHANGE_STATUS)
    def patch(self, request: Request, payout_id: int) -> HttpResponse:
        change = StatusChange(data=request.data)
        change.is_valid(raise_exception=True)
        payout = bootstrap.change_status()(
            payout_id=payout_id, **change.validated_data, actor=actor_of(request)
        )
        return answer(represent(payout))

    @extend_schema(**shapes.DELETE_PAYOUT)
    def delete(self, request: Request, payout_id: int) -> HttpResponse:
        bootstrap.delete_payout()(payout_id=payout_id, actor=actor_of(request))
        return no_content()


class PayoutResolution(ApiView):
    staff_methods = ("POST",)

    @extend_schema(**shapes.RESOLVE_PAYOUT)
    def post(self, request: Request, payout_id: int) -> HttpResponse:
        decision = ResolutionForm(data=request.data)
        decision.is_valid(raise_exception=True)
        payout = bootstrap.resolve_payout()(
            payout_id=payout_id,
            resolution=decision.validated_data["outcome"],
            evidence=decision.validated_data["evidence"],
            actor=actor_of(request),
        )
        return answer(represent(payout))


class PayoutEvents(ApiView):
    @extend_schema(**shapes.READ_EVENTS)
    def get(self, request: Request, payout_id: int) -> HttpResponse:
        return answer({"results": bootstrap.reads().history(payout_id=payout_id)})
