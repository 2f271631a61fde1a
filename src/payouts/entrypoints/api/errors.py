"""Errors as clients see them: one closed table from broken rules to HTTP."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import csrf, defaults
from rest_framework import exceptions
from rest_framework.exceptions import APIException, ErrorDetail, Throttled, ValidationError

from payouts.domain import errors as rules
from payouts.entrypoints.api.answers import problem

log = structlog.get_logger("payouts")

STATUS_BY_ERROR: Final[Mapping[type[rules.DomainError], HTTPStatus]] = MappingProxyType(
    {
        rules.SignatureInvalidError: HTTPStatus.UNAUTHORIZED,
        rules.InvalidValueError: HTTPStatus.BAD_REQUEST,
        rules.InvalidTransitionError: HTTPStatus.BAD_REQUEST,
        rules.RecipientInactiveError: HTTPStatus.BAD_REQUEST,
        rules.RecipientNotFoundError: HTTPStatus.NOT_FOUND,
        rules.PayoutNotFoundError: HTTPStatus.NOT_FOUND,
        rules.PayoutDeletedError: HTTPStatus.CONFLICT,
        rules.PayoutInFlightError: HTTPStatus.CONFLICT,
        rules.PayoutProcessingError: HTTPStatus.CONFLICT,
        rules.IdempotencyKeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
# The fields of values that only a use case can judge.
FIELD_BY_ERROR: Final[Mapping[type[rules.DomainError], str]] = MappingProxyType(
    {rules.CurrencyNotAllowedError: "currency"}
)
_CODES = {
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.ParseError: "malformed_body",
    exceptions.PermissionDenied: "permission_denied",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    Throttled: "too_many_requests",
}
_SIGN = {"WWW-Authenticate": "StandardWebhooks"}
_INVALID = "invalid_request"
_DATABASE_RETRY_SECONDS = 2
# A body of 64 KiB can hold thousands of wrong names; the answer must not grow with them.
_MOST_FIELD_ERRORS = 50


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Serve DRF's hook EXCEPTION_HANDLER; None lets an unforeseen error become a 500."""
    match error:
        case rules.DomainError():
            return _rule_broken(error)
        case OperationalError() | InterfaceError():
            return database_unavailable(error)
        case Http404():
            return _not_found()
        case ValidationError():
            return invalid(list(islice(_field_errors(error.detail), _MOST_FIELD_ERRORS)))
        case APIException():
            return problem(
                status=HTTPStatus(error.status_code),
                code=_CODES.get(type(error)) or str(error.default_code),
                detail=str(error.detail),
                headers=_headers_of(error),
            )
    return None


def invalid(errors: list[dict[str, str]]) -> HttpResponse:
    return problem(
        status=HTTPStatus.BAD_REQUEST,
        code=_INVALID,
        detail="The request is not valid; `errors` names the fields.",
        errors=errors,
    )


def database_unavailable(error: Exception) -> HttpResponse:
    log.error("database.unavailable", error=type(error).__name__)
    return problem(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code="database_unavailable",
        detail="The database does not answer; nothing was changed that was not told.",
        headers={"Retry-After": str(_DATABASE_RETRY_SECONDS)},
    )


def length_required() -> HttpResponse:
    return problem(
        status=HTTPStatus.LENGTH_REQUIRED,
        code="length_required",
        detail="Send the body in one piece, with its Content-Length.",
    )


def status_of(error: type[rules.DomainError]) -> HTTPStatus:
    """Find the row of the error or of the family it belongs to."""
    return next(STATUS_BY_ERROR[kind] for kind in error.__mro__ if kind in STATUS_BY_ERROR)


def _rule_broken(error: rules.DomainError) -> HttpResponse:
    field = FIELD_BY_ERROR.get(type(error))
    if field:
        return invalid([{"field": field, "code": error.code, "detail": str(error)}])
    status = status_of(type(error))
    differing = getattr(error, "differing_fields", ())
    return problem(
        status=status,
        code=error.code,
        detail=str(error),
        # RFC 9110 wants to hear with every 401 how to come in.
        headers=_SIGN if status is HTTPStatus.UNAUTHORIZED else {},
        errors=[
            {"field": name, "code": "differs", "detail": "It was another value with this key."}
            for name in differing
        ],
    )


def _field_errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested details to a list of single fields."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, "" if name == "non_field_errors" else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _field_errors(inner, field)
    elif isinstance(detail, ErrorDetail):
        yield {"field": field, "code": str(detail.code), "detail": str(detail)}


def _headers_of(error: APIException) -> dict[str, str]:
    if isinstance(error, Throttled):
        return {"Retry-After": str(max(1, round(getattr(error, "wait", None) or 1)))}
    # DRF decides between 401 and 403 by this attribute, and sets it for a 401.
    challenge = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}


def _not_found() -> HttpResponse:
    return problem(
        status=HTTPStatus.NOT_FOUND, code="not_found", detail="There is nothing at this address."
    )


def _is_for_people(request: HttpRequest) -> bool:
    return request.path_info.startswith("/console/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_people(request):
        return defaults.bad_request(request, exception)
    return problem(
        status=HTTPStatus.BAD_REQUEST,
        code="bad_request",
        detail="The request cannot be understood, or is for another host.",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_people(request):
        return defaults.permission_denied(request, exception)
    return problem(
        status=HTTPStatus.FORBIDDEN, code="permission_denied", detail="This is not allowed."
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Serve Django's setting CSRF_FAILURE_VIEW; the API's own sessions answer through `handle`."""
    if _is_for_people(request):
        return csrf.csrf_failure(request, reason)
    return forbidden(request, PermissionDenied(reason))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_people(request):
        return defaults.page_not_found(request, exception)
    return _not_found()


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_for_people(request):
        return defaults.server_error(request)
    return problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="This is a fault of the service. Its log has the request's id.",
    )
