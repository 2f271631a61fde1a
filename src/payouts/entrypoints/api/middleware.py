"""What every request gets: an id, one line in the log, and an answer even without a database."""

import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from payouts.entrypoints.api.errors import database_unavailable

log = structlog.get_logger("payouts")

_SANE_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SANE_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self._get_response(request)
        response["X-Request-ID"] = request_id
        # The query is left out: clients put into it what they like.
        log.info(
            "request.finished",
            method=request.method,
            path=request.path_info,
            status=response.status_code,
            duration_ms=round((perf_counter() - started) * 1000, 1),
        )
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, OperationalError | InterfaceError):
            return database_unavailable(exception)
        log.error("request.failed", path=request.path_info, exc_info=exception)
        return None
