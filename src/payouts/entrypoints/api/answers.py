"""Answers: always JSON, rendered once, whatever the client says it accepts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.http import parse_header_parameters
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AlwaysFirst(BaseContentNegotiation):
    """Take the view's own format: there is one, and an error has to arrive in it too."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return None, which answers 415, for a type, charset or encoding that nobody reads."""
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


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as it goes to the client, before any framework has it in hand."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


def encode(data: Any) -> bytes:
    """Render as JSON; times are ISO 8601 in UTC."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def answer(
    data: Any, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return answer_bytes(encode(data), status=status, headers=headers)


def answer_bytes(
    body: bytes, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


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
    """Answer with problem details (RFC 9457); `errors` tells of single fields."""
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
