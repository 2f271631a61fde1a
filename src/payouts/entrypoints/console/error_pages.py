"""Errors as pages of the console."""

from http import HTTPStatus
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib import admin
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_TEXTS: Final = {
    HTTPStatus.BAD_REQUEST: (
        "This request cannot be read",
        "Go back and try again. If you followed a link, it may be incomplete.",
    ),
    HTTPStatus.FORBIDDEN: (
        "Your role does not allow this",
        "Ask an administrator if you need it.",
    ),
    HTTPStatus.NOT_FOUND: (
        "There is nothing at this address",
        "The number may be wrong, or the page has moved. Search finds payouts and recipients.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong here",
        "If you have just sent a form, look whether its change was made before you repeat it.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "The database is unavailable",
        "Reload this page in a moment. If you have just sent a form, look first whether its change "
        "was made.",
    ),
    HTTPStatus.CONFLICT: (
        "Somebody else is changing the same record",
        "Go back, reload the page, and see what has changed before you try again.",
    ),
}


def error_page(
    request: HttpRequest, status: HTTPStatus, *, title: str = "", explanation: str = ""
) -> HttpResponse:
    """Render an error, with the navigation if staff are signed in and the database answers."""
    default_title, default_explanation = _TEXTS.get(status, ("", ""))
    context: dict[str, Any] = {
        "title": title or default_title,
        "explanation": explanation or default_explanation,
        "status": int(status),
        "site_title": settings.UNFOLD["SITE_TITLE"],
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    if not _may_have_navigation(request, status):
        return render(request, "console/error_without_navigation.html", context, status=status)
    context = admin.site.each_context(request) | context
    return render(request, "console/error.html", context, status=status)


def _may_have_navigation(request: HttpRequest, status: HTTPStatus) -> bool:
    """Return False after errors whose cause may also keep the navigation from being rendered."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    try:
        return bool(getattr(request, "user", None) and admin.site.has_permission(request))
    except DatabaseError:
        return False
