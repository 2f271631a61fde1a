"""The events of all payouts over HTTP."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from payouts import bootstrap
from payouts.domain.role import Permission
from payouts.entrypoints.api import schema
from payouts.entrypoints.api.list_request import ListRequest
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.responses import encoded_response
from payouts.entrypoints.api.visibility import sees_account_numbers


class EventFeed(ApiView):
    permissions: ClassVar = {"GET": Permission.VIEW_PAYOUT}

    @schema.READ_FEED
    def get(self, request: Request) -> HttpResponse:
        requested = ListRequest.of_feed(request)
        asked = requested.arguments
        page = bootstrap.client_events().page(
            after=asked["position"],
            size=asked["size"],
            event_type=asked.get("type"),
            mask_account_numbers=not sees_account_numbers(request),
        )
        return encoded_response(requested.render_feed(page))
