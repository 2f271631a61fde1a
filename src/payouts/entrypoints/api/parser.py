"""Reads JSON so strictly that no two readers of a body can disagree about it."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

MAX_BODY_BYTES = 64 * 1024


class TooLargeError(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = f"The body may have at most {MAX_BODY_BYTES} bytes."


class Number(str):
    """A JSON number as it was written: never a float, and not a string either."""

    __slots__ = ()


class RawParser(BaseParser):
    """Keep, as `body`, the bytes that came, at most MAX_BODY_BYTES: they are what is signed."""

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
    """Raise ParseError for whatever is not one strict JSON object."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
        _expect_clean_text(body, data)
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    except ValueError as error:
        raise ParseError(f"The body is not strict JSON in UTF-8: {error}.") from error
    if not isinstance(data, dict):
        raise ParseError("The body must be a JSON object.")
    return data


def _read_body(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    # By its own word first: whoever announces too much need not send it.
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


def _expect_clean_text(body: bytes, data: Any) -> None:
    """Find the texts that JSON can spell by escapes, but no database and no UTF-8 can hold."""
    if b"\\u" not in body:
        return
    text = json.dumps(data, ensure_ascii=False)
    if "\\u0000" in text:
        raise ValueError("it contains the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it contains half a surrogate pair") from None
