"""Responses: always JSON, rendered once, whatever the client accepts."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JsonOnlyNegotiation(BaseContentNegotiation):
    """Use the view's only renderer and parser, so that errors are JSON too."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return None, which gives 415, for another media type, charset or content encoding."""
        media_type, options = parse_header_parameters(request.content_type or "")
        charset = options.get("charset", "utf-8").lower()
        encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower()
        if charset not in {"utf-8", "utf8"} or encoding != "identity":
            return None
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""


def encode(data: Any) -> bytes:
    """Encode dataclasses, mappings and sequences as JSON; times are ISO 8601 in UTC."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def json_response(
    data: Any, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return encoded_response(encode(data), status=status, headers=headers)


def encoded_response(
    body: bytes, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Respond with a body that is JSON already."""
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def created_or_replayed(data: Any, *, is_replay: bool, location: str) -> HttpResponse:
    """Respond 201 to what was created, and 200 if an earlier request had created it."""
    if is_replay:
        return json_response(data, headers={"Idempotent-Replayed": "true"})
    return json_response(data, status=HTTPStatus.CREATED, headers={"Location": location})


def accepted(data: Any) -> HttpResponse:
    """Respond 202: it will be done soon."""
    return json_response(data, status=HTTPStatus.ACCEPTED)


def no_content() -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del response["Content-Type"]
    return response


def problem(
    *,
    status: HTTPStatus,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Respond with problem details (RFC 9457); `errors` lists the fields that are invalid."""
    body: dict[str, Any] = {
        "type": f"urn:payouts:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = list(errors)
    response = HttpResponse(encode(body), status=status, content_type="application/problem+json")
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def only_read(request: HttpRequest) -> HttpResponse | None:
    """Return the response to a method that does not read, or None."""
    if request.method in {"GET", "HEAD"}:
        return None
    return problem(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        code="method_not_allowed",
        detail=f"{request.method} is not allowed here.",
        headers={"Allow": "GET, HEAD"},
    )
