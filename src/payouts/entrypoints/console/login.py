"""Failed log-ins to the console: their log lines, and the pause after too many of them."""

from http import HTTPStatus
from typing import Any

import structlog
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from payouts.entrypoints.console.error_pages import error_page

log = structlog.get_logger("payouts")


@receiver(user_login_failed)
def log_failure(credentials: dict[str, Any], **_facts: object) -> None:
    log.warning("login.failed", user=credentials.get("username"))


@receiver(user_locked_out)
def log_pause(username: str, **_facts: object) -> None:
    log.warning("login.locked_out", user=username)


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None, credentials: object
) -> HttpResponse:
    """Respond to a log-in during the pause (AXES_LOCKOUT_CALLABLE)."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = error_page(
        request,
        HTTPStatus.TOO_MANY_REQUESTS,
        title="Too many failed log-ins of this user from this address",
        explanation=f"Try again in {seconds // 60} minutes.",
    )
    response["Retry-After"] = str(seconds)
    return response
