"""Errors as clients see them: one closed table maps domain errors to HTTP."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

import structlog
from django.db import Error as DatabaseError
from django.http import Http404, HttpResponse
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from rest_framework import exceptions
from rest_framework.exceptions import APIException, ErrorDetail, Throttled, ValidationError

from payouts import bootstrap
from payouts.domain import errors as rules
from payouts.entrypoints.api.responses import problem

log = structlog.get_logger("payouts")

STATUS_BY_ERROR: Final[Mapping[type[rules.DomainError], HTTPStatus]] = MappingProxyType(
    {
        rules.SignatureInvalidError: HTTPStatus.UNAUTHORIZED,
        rules.InvalidValueError: HTTPStatus.BAD_REQUEST,
        rules.InvalidTransitionError: HTTPStatus.BAD_REQUEST,
        rules.ReasonRequiredError: HTTPStatus.BAD_REQUEST,
        rules.RecipientInactiveError: HTTPStatus.BAD_REQUEST,
        rules.RecipientNotFoundError: HTTPStatus.NOT_FOUND,
        rules.PayoutNotFoundError: HTTPStatus.NOT_FOUND,
        rules.WebhookNotFoundError: HTTPStatus.NOT_FOUND,
        rules.DeliveryNotFoundError: HTTPStatus.NOT_FOUND,
        rules.RecipientLockedError: HTTPStatus.CONFLICT,
        rules.RecipientChangedError: HTTPStatus.CONFLICT,
        rules.PayoutDeletedError: HTTPStatus.CONFLICT,
        rules.PayoutInFlightError: HTTPStatus.CONFLICT,
        rules.PayoutChangedError: HTTPStatus.CONFLICT,
        rules.PayoutNotWaitingError: HTTPStatus.CONFLICT,
        rules.PayoutProcessingError: HTTPStatus.CONFLICT,
        rules.ExternalIdReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
        rules.IdempotencyKeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
# Request fields of the values that only a use case can validate.
FIELD_BY_ERROR: Final[Mapping[type[rules.DomainError], str]] = MappingProxyType(
    {
        rules.CurrencyUnknownError: "currency",
        rules.CurrencyNotAllowedError: "currency",
        rules.WebhookAddressRefusedError: "url",
        rules.HttpsRequiredError: "url",
    }
)
_CODES = {
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.ParseError: "malformed_body",
    exceptions.PermissionDenied: "permission_denied",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    Throttled: "too_many_requests",
}
# RFC 9110 requires a WWW-Authenticate header on a 401.
_CHALLENGE = {"WWW-Authenticate": "StandardWebhooks"}
_CLOSE = {"Connection": "close"}
_RETRY_LATER = {"Retry-After": "2"}
REFUSALS: Final[Mapping[str, tuple[HTTPStatus, str, str, Mapping[str, str]]]] = MappingProxyType(
    {
        "too_large": (
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            "The body is larger than 64 KiB.",
            _CLOSE,
        ),
        "timeout": (
            HTTPStatus.REQUEST_TIMEOUT,
            "request_timeout",
            "The body did not arrive within 10 seconds.",
            _CLOSE,
        ),
        "incomplete": (
            HTTPStatus.BAD_REQUEST,
            "malformed_body",
            "The connection ended before the body did.",
            _CLOSE,
        ),
        "overloaded": (
            HTTPStatus.SERVICE_UNAVAILABLE,
            "overloaded",
            "Too many requests are in progress. Retry with the same idempotency key.",
            _RETRY_LATER,
        ),
    }
)
_INVALID = "invalid_request"
_HEADERS: Final[Mapping[type[rules.DomainError], Mapping[str, str]]] = MappingProxyType(
    {
        rules.SignatureInvalidError: _CHALLENGE,
        rules.PayoutInFlightError: _RETRY_LATER,
        rules.RecipientLockedError: _RETRY_LATER,
    }
)
# A body of 64 KiB can hold thousands of unknown fields; the response must stay small.
_MAX_FIELD_ERRORS = 50


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Turn an error into a response, as DRF's EXCEPTION_HANDLER; None means a 500."""
    match error:
        case rules.DomainError():
            return _domain_error(error)
        case DatabaseError():
            return database_error(error)
        case Http404():
            return not_found()
        case ValidationError():
            return invalid(list(islice(_field_errors(error.detail), _MAX_FIELD_ERRORS)))
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


def database_error(error: DatabaseError) -> HttpResponse | None:
    """Respond to a failed statement; None, which gives a 500, if the statement is to blame."""
    if isinstance(error.__cause__, DeadlockDetected | LockNotAvailable | SerializationFailure):
        return problem(
            status=HTTPStatus.CONFLICT,
            code="locked",
            detail="Another change to the same record is in progress. Repeat the request.",
            headers=_RETRY_LATER,
        )
    reason = bootstrap.reason_unavailable(error)
    if reason is None:
        return None
    bootstrap.recent_database_failure().record(reason)
    log.error("database.unavailable", reason=reason, error=type(error).__name__)
    return problem(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code="database_unavailable",
        detail="The database is unavailable. Retry with the same idempotency key.",
        headers=_RETRY_LATER,
    )


def refused(reason: str) -> HttpResponse:
    """Answer a request that did not reach the application; `reason` is a key of REFUSALS."""
    status, code, detail, headers = REFUSALS[reason]
    return problem(status=status, code=code, detail=detail, headers=headers)


def status_of(error: type[rules.DomainError]) -> HTTPStatus:
    """Find the row of the error or of the base class that it belongs to."""
    return next(STATUS_BY_ERROR[kind] for kind in error.__mro__ if kind in STATUS_BY_ERROR)


def _domain_error(error: rules.DomainError) -> HttpResponse:
    field = FIELD_BY_ERROR.get(type(error))
    if field:
        return invalid([{"field": field, "code": error.code, "detail": str(error)}])
    status = status_of(type(error))
    differing = getattr(error, "differing_fields", ())
    return problem(
        status=status,
        code=error.code,
        detail=str(error),
        headers=_HEADERS.get(type(error)),
        errors=[
            {"field": name, "code": "differs", "detail": "The earlier request had another value."}
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


def bad_request() -> HttpResponse:
    return problem(
        status=HTTPStatus.BAD_REQUEST,
        code="bad_request",
        detail="The request is malformed, or its Host is not one of this service.",
    )


def forbidden() -> HttpResponse:
    return problem(
        status=HTTPStatus.FORBIDDEN, code="permission_denied", detail="This is not allowed."
    )


def not_found() -> HttpResponse:
    return problem(
        status=HTTPStatus.NOT_FOUND, code="not_found", detail="There is nothing at this address."
    )


def server_error() -> HttpResponse:
    return problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="The service failed. Its log has the details, under this response's X-Request-ID.",
    )
