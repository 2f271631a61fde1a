"""The web application."""

import os
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import django
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from payouts.entrypoints.api.short_way import ShortWay  # noqa: E402  it needs Django set up


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever it says.

    Django reads even the query in the charset that Content-Type names: with UTF-16 no parameter
    is found, and one that no text can have (base64, undefined) is an error of the server.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):  # a parameter is written in a charset unheard of
            parsed = "", {}
            meta["CONTENT_TYPE"] = ""
        self.content_type, self.content_params = parsed


class EveryHandler(WSGIHandler):
    request_class = Utf8Request


class TokenHandler(EveryHandler):
    """Django, with the middleware that a request with a token needs.

    Sessions, CSRF, messages and static files are for browsers; they would take a fifth of the time.
    """

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002  Django passes it
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        view = self._get_response  # type: ignore[attr-defined]  # the stubs leave it out
        self._middleware_chain = convert_exception_to_response(view)
        for name in reversed(settings.TOKEN_MIDDLEWARE):
            middleware = import_string(name)(self._middleware_chain)
            if hasattr(middleware, "process_exception"):
                self._exception_middleware.append(middleware.process_exception)
            self._middleware_chain = convert_exception_to_response(middleware)


_for_everybody = EveryHandler()
_django_for_tokens = TokenHandler()
# A limit of requests is counted in the views.
_for_tokens = _django_for_tokens if settings.PAYOUTS_RATE_LIMIT else ShortWay(_django_for_tokens)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve who brings a token to the API on the short way, and everybody else on the long one."""
    is_bearer = environ.get("HTTP_AUTHORIZATION", "")[:7].lower() == "bearer "
    has_token = is_bearer and environ["PATH_INFO"].startswith("/api/")
    return (_for_tokens if has_token else _for_everybody)(environ, start_response)
