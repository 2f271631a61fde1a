"""The URLs of the API."""

from django.urls import path, register_converter
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from payouts.entrypoints.api import webhooks
from payouts.entrypoints.api.callbacks import BankCallbacks
from payouts.entrypoints.api.events import EventFeed
from payouts.entrypoints.api.fields import LARGEST_ID
from payouts.entrypoints.api.payouts import (
    PayoutDetail,
    PayoutEvents,
    PayoutList,
    PayoutResolution,
)
from payouts.entrypoints.api.recipients import RecipientDetail, RecipientList

_READ = ["get", "head"]


class IdConverter:
    """A positive bigint. Any other path segment is a 404."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        if int(value) > LARGEST_ID:
            raise ValueError(value)
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")

urlpatterns = [
    path("payouts/", PayoutList.as_view()),
    path("payouts/<id:payout_id>/", PayoutDetail.as_view(), name="payout"),
    path("payouts/<id:payout_id>/events/", PayoutEvents.as_view()),
    path("payouts/<id:payout_id>/resolve/", PayoutResolution.as_view()),
    path("events/", EventFeed.as_view()),
    path("bank/callbacks/", BankCallbacks.as_view()),
    path("webhooks/", webhooks.WebhookList.as_view()),
    path("webhooks/<id:endpoint_id>/", webhooks.WebhookDetail.as_view()),
    path("webhooks/<id:endpoint_id>/rotate-secret/", webhooks.WebhookSecret.as_view()),
    path("webhooks/<id:endpoint_id>/test/", webhooks.WebhookTest.as_view()),
    path("webhooks/<id:endpoint_id>/replay/", webhooks.WebhookReplay.as_view()),
    path("webhooks/<id:endpoint_id>/deliveries/", webhooks.WebhookDeliveries.as_view()),
    path(
        "webhooks/<id:endpoint_id>/deliveries/<id:delivery_id>/resend/",
        webhooks.WebhookResend.as_view(),
    ),
    path("recipients/", RecipientList.as_view()),
    path("recipients/<id:recipient_id>/", RecipientDetail.as_view()),
    path(
        "schema/",
        SpectacularAPIView.as_view(
            http_method_names=_READ,
            renderer_classes=[OpenApiJsonRenderer],
            authentication_classes=[],
            permission_classes=[],
        ),
        name="schema",
    ),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            http_method_names=_READ,
            url_name="schema",
            authentication_classes=[],
            permission_classes=[],
        ),
        name="api-docs",
    ),
]
