"""Messages as they are sent, against the `webhooks` section of the OpenAPI document."""

from functools import cache
from typing import Any

import orjson
from drf_spectacular.generators import SchemaGenerator
from jsonschema_rs import Draft202012Validator

from payouts.application.client_message import ClientMessage

Document = dict[str, Any]


def to_body(message: ClientMessage) -> dict[str, Any]:
    """Return what is sent, as a receiver parses it."""
    content = {"type": message.type, "timestamp": message.timestamp, "data": message.data}
    return dict(orjson.loads(orjson.dumps(content, option=orjson.OPT_UTC_Z)))


@cache
def openapi_document() -> Document:
    """Return the document that the service serves."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def body_validator(document: Document, message_type: str) -> Draft202012Validator:
    operation = document["webhooks"][message_type]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator(
        schema | {"components": document["components"]}, validate_formats=True
    )
