"""Health checks: liveness, readiness, and a summary for people and monitoring."""

from http import HTTPStatus
from typing import Any, Final, override

from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from payouts import bootstrap
from payouts.entrypoints.api.responses import json_response, only_read

_PATHS: Final = frozenset({"/health/live/", "/health/ready/", "/metrics"})


class HostMiddleware(CommonMiddleware):
    """Refuse requests whose Host is not in ALLOWED_HOSTS, except for probes and Prometheus.

    These ask for the IP address of a process. The responses do not use the Host.
    """

    @override
    def process_request(self, request: HttpRequest) -> Any:
        return None if request.path_info in _PATHS else super().process_request(request)


@csrf_exempt
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Respond 200 as long as the process runs."""
    return only_read(request) or json_response({"status": "alive"})


@csrf_exempt
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Respond 200 if the database can serve. Redis is not needed to serve requests."""
    return only_read(request) or _answer_ready()


@csrf_exempt
@never_cache
def summary(request: HttpRequest) -> HttpResponse:
    """Report each part. Degraded: slower or later than usual. Unhealthy: no database."""
    return only_read(request) or _answer_summary()


def _answer_ready() -> HttpResponse:
    reason = bootstrap.check_database()
    if reason is None:
        return json_response({"status": "ready"})
    return json_response(
        {"status": "not ready", "database_state": reason}, status=HTTPStatus.SERVICE_UNAVAILABLE
    )


def _answer_summary() -> HttpResponse:
    reason = bootstrap.check_database()
    failure = bootstrap.recent_database_failure().reason
    log_stream = bootstrap.log_stream()
    facts: dict[str, Any] = {
        "database": reason is None,
        "database_state": reason or failure or "available",
        "redis": bootstrap.redis_answers(),
        "broker": bootstrap.broker_answers(),
        "log_lines_dropped": log_stream.dropped,
    }
    if reason:
        return json_response(
            {"status": "unhealthy", **facts}, status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    queue = bootstrap.reads().queue()
    facts |= {
        "bank_access": not queue.is_locked_out,
        "oldest_due_seconds": queue.oldest_due_seconds,
        "needs_review": queue.needs_review,
    }
    all_work = facts["redis"] and facts["broker"] and facts["bank_access"] and not failure
    healthy = all_work and not log_stream.dropped_recently
    return json_response({"status": "healthy" if healthy else "degraded", **facts})
