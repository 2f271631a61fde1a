"""A strict JSON parser, which leaves no room for two readers to read a body differently."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class TooLargeError(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = f"The body may have at most {MAX_BODY_BYTES} bytes."


class Number(str):
    """A JSON number as it was written, so that no amount becomes a float."""

    __slots__ = ()


class RawParser(BaseParser):
    """Return the raw bytes as `body`, at most MAX_BODY_BYTES: a signature covers exactly these."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, bytes]:
        return {"body": _read_body(stream, parser_context)}


class StrictJSONParser(BaseParser):
    """Parse one JSON object in UTF-8.

    Refused: duplicate names, NaN and infinities, NUL and lone surrogates, a byte order mark,
    nesting beyond what the decoder takes, more than MAX_BODY_BYTES.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return parse_object(_read_body(stream, parser_context))


def parse_object(body: bytes) -> dict[str, Any]:
    """Raise ParseError for anything but one strict JSON object."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
        _ensure_clean_text(body, data)
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    except ValueError as error:
        raise ParseError(f"The body is not strict JSON in UTF-8: {error}.") from error
    if not isinstance(data, dict):
        raise ParseError("The body must be a JSON object.")
    return data


def _read_body(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    # A body that is announced as too large is refused before it is read.
    if parser_context and _announced_bytes(parser_context["request"]) > MAX_BODY_BYTES:
        raise TooLargeError
    body = stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise TooLargeError
    return body


def _announced_bytes(request: Request) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a name appears twice in one object")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _ensure_clean_text(body: bytes, data: Any) -> None:
    """Refuse escaped characters that PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates."""
    if b"\\u" not in body:
        return
    text = json.dumps(data, ensure_ascii=False)
    if "\\u0000" in text:
        raise ValueError("it contains the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it contains half a surrogate pair") from None
