"""Callbacks: what the bank reports to us over HTTP."""

from django.http import HttpResponse
from rest_framework.request import Request

from payouts import bootstrap
from payouts.entrypoints.api import schema
from payouts.entrypoints.api.parser import RawParser
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.responses import json_response


class BankCallbacks(ApiView):
    """The signature of the message stands in for authentication and permissions."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (RawParser,)

    @schema.BANK_CALLBACK
    def post(self, request: Request) -> HttpResponse:
        body = request.data.get("body", b"")
        result = bootstrap.handle_bank_callback()(headers=request.headers, body=body)
        return json_response({"result": result})
