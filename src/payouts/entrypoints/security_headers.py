"""Headers that limit what pages may load in browsers, and what caches may store."""

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest, HttpResponseBase

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OWN_ASSETS: Final = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'{evaluated}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action {forms}"
)
# By the beginning of the path. Policies are constants: no page of the service has inline scripts,
# so none needs a nonce.
_POLICIES: Final[Mapping[str, str]] = {
    # Alpine, which django-unfold is built on, evaluates the expressions in its attributes.
    "/console/": _OWN_ASSETS.format(evaluated=" 'unsafe-eval'", forms="'self'"),
    "/api/docs/": _OWN_ASSETS.format(evaluated="", forms="'none'"),
}


class SecurityHeadersMiddleware:
    """Set Content-Security-Policy on every response, and `Cache-Control: no-store` in the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        path = request.path_info
        response["Content-Security-Policy"] = next(
            (policy for beginning, policy in _POLICIES.items() if path.startswith(beginning)),
            _NOTHING,
        )
        if path.startswith("/api/"):
            response["Cache-Control"] = "no-store"
        return response
