"""What drf-spectacular cannot derive for the OpenAPI document (its POSTPROCESSING_HOOKS)."""

from collections.abc import Iterator
from typing import Any, Final

_NULL: Final = {"$ref": "#/components/schemas/NullEnum"}
_HEADERS: Final = {
    name: {"description": text, "schema": {"type": type_}}
    for name, type_, text in (
        ("X-Request-ID", "string", "The id of the request in the log; the client's own, if sane."),
        ("Location", "string", "The path of what was created."),
        ("Idempotent-Replayed", "boolean", "true: an earlier request had created it."),
        ("Retry-After", "integer", "Seconds to wait before the request is repeated."),
        ("WWW-Authenticate", "string", "How to authenticate (RFC 9110)."),
    )
}
_HEADERS_BY_STATUS: Final = {
    "201": ["Location"],
    "401": ["WWW-Authenticate"],
    "429": ["Retry-After"],
    "503": ["Retry-After"],
}


def complete(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Add integer widths, headers, and what request bodies refuse."""
    components = result["components"]
    for name, schema in components["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
        for field, shape in schema.get("properties", {}).items():
            _complete_field(field, shape)
    components["schemas"].pop("NullEnum", None)
    # A status change must name the status, although it is a PATCH.
    components["schemas"]["PatchedStatusRequest"]["required"] = ["status"]
    components["headers"] = _HEADERS
    for operation in _operations(result):
        _add_headers(operation["responses"])
    return result


def _complete_field(field: str, shape: dict[str, Any]) -> None:
    if "integer" in shape.get("type", ()) and (field.endswith("id") or field == "sequence"):
        shape["format"] = "int64"
    # Generators of clients know null as a type, but would make a class for an enumeration of null.
    if _NULL in shape.get("oneOf", ()):
        shape["oneOf"] = [{"type": "null"} if kind == _NULL else kind for kind in shape["oneOf"]]


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in result["paths"].values():
        yield from item.values()


def _add_headers(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        names = ["X-Request-ID", *_HEADERS_BY_STATUS.get(status, ())]
        if status == "200" and "201" in responses:
            names.append("Idempotent-Replayed")
        if status == "409" and "`Retry-After`" in response["description"]:
            names.append("Retry-After")
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
