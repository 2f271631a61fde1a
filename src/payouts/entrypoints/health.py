"""Health checks: liveness, readiness, and a summary for people and monitoring."""

from http import HTTPStatus
from typing import Any

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from payouts import bootstrap
from payouts.entrypoints.api.responses import json_response, problem


@csrf_exempt
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Respond 200 as long as the process runs."""
    return _only_read(request) or json_response({"status": "alive"})


@csrf_exempt
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Respond 200 if the database answers. Redis is not needed to serve requests."""
    return _only_read(request) or _answer_ready()


@csrf_exempt
@never_cache
def summary(request: HttpRequest) -> HttpResponse:
    """Report each part. Degraded: slower or later than usual. Unhealthy: no database."""
    return _only_read(request) or _answer_summary()


def _answer_ready() -> HttpResponse:
    if _database_answers():
        return json_response({"status": "ready"})
    return json_response({"status": "not ready"}, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _answer_summary() -> HttpResponse:
    database = _database_answers()
    redis = bootstrap.redis_answers()
    facts: dict[str, Any] = {"database": database, "redis": redis}
    if not database:
        return json_response(
            {"status": "unhealthy", **facts}, status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    queue = bootstrap.reads().queue()
    facts |= {
        "bank_access": not queue.is_locked_out,
        "oldest_due_seconds": queue.oldest_due_seconds,
        "needs_review": queue.needs_review,
    }
    healthy = redis and not queue.is_locked_out
    return json_response({"status": "healthy" if healthy else "degraded", **facts})


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _only_read(request: HttpRequest) -> HttpResponse | None:
    if request.method in {"GET", "HEAD"}:
        return None
    return problem(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        code="method_not_allowed",
        detail=f"{request.method} is not allowed here.",
        headers={"Allow": "GET, HEAD"},
    )
