"""The addresses of the pages of webhooks."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from payouts.entrypoints.console.webhooks.actions import (
    remove_endpoint,
    set_enabled,
    test_endpoint,
)
from payouts.entrypoints.console.webhooks.delivery_page import resend_delivery, show_delivery
from payouts.entrypoints.console.webhooks.endpoint_page import show_endpoint
from payouts.entrypoints.console.webhooks.list_page import show_list
from payouts.entrypoints.console.webhooks.replay_page import replay
from payouts.entrypoints.console.webhooks.secret_page import rotate_secret
from payouts.entrypoints.console.webhooks.write_pages import add_endpoint, edit_endpoint

_ENDPOINT = "<int:endpoint_id>/"
_DELIVERY = f"{_ENDPOINT}deliveries/<int:delivery_id>/"


def webhook_urls(for_staff: Callable[..., Any]) -> list[URLPattern]:
    """Return the patterns below webhooks/; `for_staff` wraps each view."""
    return [
        path("", for_staff(show_list), name="webhooks"),
        path("add/", for_staff(add_endpoint), name="webhook_add"),
        path(_ENDPOINT, for_staff(show_endpoint), name="webhook"),
        path(f"{_ENDPOINT}edit/", for_staff(edit_endpoint), name="webhook_edit"),
        path(
            f"{_ENDPOINT}enable/",
            for_staff(set_enabled),
            {"is_enabled": True},
            name="webhook_enable",
        ),
        path(
            f"{_ENDPOINT}disable/",
            for_staff(set_enabled),
            {"is_enabled": False},
            name="webhook_disable",
        ),
        path(f"{_ENDPOINT}rotate-secret/", for_staff(rotate_secret), name="webhook_rotate_secret"),
        path(f"{_ENDPOINT}test/", for_staff(test_endpoint), name="webhook_test"),
        path(f"{_ENDPOINT}replay/", for_staff(replay), name="webhook_replay"),
        path(f"{_ENDPOINT}remove/", for_staff(remove_endpoint), name="webhook_remove"),
        path(_DELIVERY, for_staff(show_delivery), name="webhook_delivery"),
        path(f"{_DELIVERY}resend/", for_staff(resend_delivery), name="webhook_resend"),
    ]
