"""`/metrics`: the numbers of all processes and of the payouts, for Prometheus."""

from http import HTTPStatus

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from payouts import bootstrap
from payouts.application.read_models import CurrentStatistics
from payouts.entrypoints.api.responses import only_read, problem


@csrf_exempt
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Respond with the metrics, also while the database cannot be read."""
    return only_read(request) or _unauthorised(request) or _answer()


def _answer() -> HttpResponse:
    body, content_type = bootstrap.render_metrics(_statistics())
    return HttpResponse(body, content_type=content_type)


def _statistics() -> CurrentStatistics | None:
    try:
        return bootstrap.statistics().current()
    except DatabaseError as error:
        if bootstrap.reason_unavailable(error) is None:
            raise
        return None


def _unauthorised(request: HttpRequest) -> HttpResponse | None:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    expected = settings.METRICS_TOKEN
    if not expected or (scheme.lower() == "bearer" and constant_time_compare(token, expected)):
        return None
    return problem(
        status=HTTPStatus.UNAUTHORIZED,
        code="not_authenticated",
        detail="Send METRICS_TOKEN as a bearer token.",
        headers={"WWW-Authenticate": "Bearer"},
    )
