"""Errors outside views: pages in the console, problem details everywhere else."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from payouts.entrypoints.api import errors
from payouts.entrypoints.console.error_pages import error_page


def _is_console(request: HttpRequest) -> bool:
    return request.path_info.startswith("/console/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_console(request):
        return error_page(request, HTTPStatus.BAD_REQUEST)
    return errors.bad_request()


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_console(request):
        return error_page(request, HTTPStatus.FORBIDDEN)
    return errors.forbidden()


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to a failed CSRF check of Django's middleware, as its CSRF_FAILURE_VIEW."""
    if not _is_console(request):
        return forbidden(request, PermissionDenied(reason))
    return error_page(
        request,
        HTTPStatus.FORBIDDEN,
        title="This form has expired",
        explanation="Nothing was changed. Your session may have ended, or you have logged in again "
        "in another tab. Go back, reload the page, and send the form once more.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_console(request):
        return error_page(request, HTTPStatus.NOT_FOUND)
    return errors.not_found()


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_console(request):
        return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    return errors.server_error()


class ConsoleErrorMiddleware:
    """Show failures of the database as pages in the console."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not _is_console(request) or not isinstance(exception, DatabaseError):
            return None
        problem = errors.database_error(exception)
        if problem is None:
            return None
        page = error_page(request, HTTPStatus(problem.status_code))
        page["Retry-After"] = problem["Retry-After"]
        return page
