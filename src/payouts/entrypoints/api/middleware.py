"""The first and the last step of every request: its id, its line in the log, its metrics."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponseBase

from payouts import bootstrap
from payouts.entrypoints.api.errors import database_error, refused
from payouts.entrypoints.client_address import client_address_of

log = structlog.get_logger("payouts")

# Django turns these into a 400, 403 or 404. They are errors of the client, and not logged as ours.
_REFUSALS = (BadRequest, Http404, PermissionDenied, SuspiciousOperation)
_SANE_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


def request_id_of(environ: Mapping[str, Any]) -> str:
    """Return the client's own id if it is short and printable, else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        request_id = request_id_of(request.META)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            request_id=request_id, client=client_address_of(request)
        )
        # The web server sets it for a request that it could not receive or has no thread for.
        refusal = request.META.get("payouts.refusal")
        response = refused(refusal) if refusal else self._get_response(request)
        response["X-Request-ID"] = request_id
        address = _address(request, is_found=response.status_code < HTTPStatus.MULTIPLE_CHOICES)
        seconds = perf_counter() - started
        log.info(
            "request.finished",
            method=request.method,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
            **address,
        )
        bootstrap.metrics().request_finished(
            route=address["route"],
            method=request.method,
            status=response.status_code,
            seconds=seconds,
        )
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, DatabaseError) and (response := database_error(exception)):
            return response
        if isinstance(exception, _REFUSALS):
            return None
        log.error("request.failed", **_address(request), exc_info=exception)
        return None


def _address(request: HttpRequest, *, is_found: bool = False) -> dict[str, Any]:
    """Return the route and its ids for the log, and nothing that a client wrote itself.

    A path that leads nowhere, or a query, may contain an account number.
    """
    if not request.resolver_match:
        return {"route": None}
    ids = request.resolver_match.kwargs if is_found else {}
    return {"route": request.resolver_match.route, **ids}
