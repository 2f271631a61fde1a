"""Payouts over HTTP."""

from http import HTTPStatus

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from payouts import bootstrap
from payouts.application.create_payout import Replayed
from payouts.application.views import PayoutView
from payouts.domain.payout import Payout
from payouts.entrypoints.api import shapes
from payouts.entrypoints.api.answers import answer, answer_bytes, no_content
from payouts.entrypoints.api.auth import actor_of
from payouts.entrypoints.api.pagination import address_of
from payouts.entrypoints.api.requests import ResolutionForm, StatusChange, read_new_payout
from payouts.entrypoints.api.view import ApiView
from payouts.entrypoints.api.wanted_page import WantedPage


def represent(payout: Payout) -> PayoutView:
    """Show a payout that was just made or changed as the reads show their rows."""
    order, failure = payout.order, payout.failure
    return PayoutView(
        id=payout.id,
        recipient_id=order.recipient.recipient_id,
        amount=order.money.text,
        currency=order.money.currency.code,
        status=payout.status.value,
        recipient_name_snapshot=order.recipient.name,
        account_number_snapshot=order.recipient.account_number.value,
        bank_code_snapshot=order.recipient.bank_code or None,
        created_at=payout.created_at,
        updated_at=payout.updated_at,
        reference=order.reference,
        failure_code=failure.code if failure else None,
        failure_reason=failure.reason or None if failure else None,
        needs_review=payout.needs_review,
    )


class PayoutList(ApiView):
    @extend_schema(**shapes.LIST_PAYOUTS)
    def get(self, request: Request) -> HttpResponse:
        wanted = WantedPage.read(request.query_params, address=address_of(request))
        return answer_bytes(wanted.rendered().body)

    @extend_schema(**shapes.CREATE_PAYOUT)
    def post(self, request: Request) -> HttpResponse:
        wanted = read_new_payout(
            request.data, key_in_header=request.META.get("HTTP_IDEMPOTENCY_KEY")
        )
        made = bootstrap.create_payout()(**wanted, actor=actor_of(request))
        if isinstance(made, Replayed):
            return answer(represent(made.payout), headers={"Idempotent-Replayed": "true"})
        return answer(
            represent(made.payout),
            status=HTTPStatus.CREATED,
            headers={"Location": f"{request.path}{made.payout.id}/"},
        )


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
