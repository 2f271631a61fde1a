"""What the bank tells us over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from payouts import bootstrap
from payouts.entrypoints.api import shapes
from payouts.entrypoints.api.answers import answer
from payouts.entrypoints.api.parser import RawParser
from payouts.entrypoints.api.view import ApiView


class BankCallbacks(ApiView):
    # The signature says who it is.
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (RawParser,)

    @extend_schema(**shapes.BANK_CALLBACK)
    def post(self, request: Request) -> HttpResponse:
        applied = bootstrap.hear_bank()(headers=request.headers, body=request.data.get("body", b""))
        return answer({"result": "applied" if applied else "ignored"})
