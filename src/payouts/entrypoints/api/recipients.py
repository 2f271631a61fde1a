"""Recipients over HTTP."""

from http import HTTPStatus

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from payouts import bootstrap
from payouts.domain.recipient import RecipientDetails
from payouts.entrypoints.api import shapes
from payouts.entrypoints.api.answers import answer
from payouts.entrypoints.api.filters import plain_page
from payouts.entrypoints.api.pagination import address_of, envelope
from payouts.entrypoints.api.requests import RecipientForm
from payouts.entrypoints.api.view import ApiView


class RecipientList(ApiView):
    staff_methods = ("POST",)

    @extend_schema(**shapes.LIST_RECIPIENTS)
    def get(self, request: Request) -> HttpResponse:
        size, position = plain_page(request.query_params)
        page = bootstrap.recipients().page(size=size, position=position)
        parameters = request.query_params.dict()
        return answer(envelope(page, address=address_of(request), parameters=parameters))

    @extend_schema(**shapes.ADD_RECIPIENT)
    def post(self, request: Request) -> HttpResponse:
        form = RecipientForm(data=request.data)
        form.is_valid(raise_exception=True)
        recipient = bootstrap.recipients().add(RecipientDetails(**form.validated_data))
        return answer(
            recipient,
            status=HTTPStatus.CREATED,
            headers={"Location": f"{request.path}{recipient['id']}/"},
        )


class RecipientDetail(ApiView):
    staff_methods = ("PATCH",)

    @extend_schema(**shapes.READ_RECIPIENT)
    def get(self, request: Request, recipient_id: int) -> HttpResponse:
        return answer(bootstrap.recipients().one(recipient_id=recipient_id))

    @extend_schema(**shapes.CHANGE_RECIPIENT)
    def patch(self, request: Request, recipient_id: int) -> HttpResponse:
        form = RecipientForm(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return answer(
            bootstrap.recipients().change(recipient_id=recipient_id, changes=form.validated_data)
        )
