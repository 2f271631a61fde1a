"""The `webhooks` section of the OpenAPI document: what the service sends to clients.

A hook of drf-spectacular, because its OpenApiWebhook has no place for headers.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from payouts.domain.client_events import ClientEventType

_MESSAGE: Final = {"$ref": "#/components/schemas/WebhookMessage"}
_TEST_TYPE: Final = "webhook.test"
_DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ClientEventType.CREATED: "A payout was accepted.",
        ClientEventType.PROCESSING: "A worker claimed it, staff took it over, or staff gave it "
        "back to the workers, which ends a review.",
        ClientEventType.COMPLETED: "The bank has paid.",
        ClientEventType.FAILED: "It is certain that the bank has not paid; `failure_code` and "
        "`failure_reason` say why.",
        ClientEventType.NEEDS_REVIEW: "The bank gave no clear answer, and a person decides.",
        ClientEventType.RETURNED: "The bank has paid, and the money came back later.",
        _TEST_TYPE: "An administrator tests the endpoint. It tells of no payout.",
    }
)
_HEADERS: Final = {
    "webhook-id": "Identifies the message, however often it is sent.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and the HMAC-SHA256 in base64, as Standard Webhooks says; several, "
    "separated by spaces, while a secret is being replaced.",
}
_RESPONSES: Final = {
    "2XX": {"description": "Received."},
    "410": {"description": "Never send to this endpoint again: it is disabled."},
    "default": {
        "description": "Not received. The message is sent again later, after `Retry-After` or more."
    },
}


def add_webhooks(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Describe the messages; `MessageData` is in the document because the feed shows it."""
    result["components"]["schemas"]["WebhookMessage"] = _object(
        type={"$ref": "#/components/schemas/ClientEventType"},
        timestamp={"type": "string", "format": "date-time"},
        data={"$ref": "#/components/schemas/MessageData"},
    )
    result["webhooks"] = {
        str(name): {"post": _operation(name, text)} for name, text in _DESCRIPTIONS.items()
    }
    return result


def _operation(name: str, description: str) -> dict[str, Any]:
    return {
        "operationId": f"receive_{name.replace('.', '_')}",
        "description": description,
        "parameters": [
            {
                "in": "header",
                "name": header,
                "required": True,
                "schema": {"type": "string"},
                "description": text,
            }
            for header, text in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _body(name)}}},
        "responses": _RESPONSES,
    }


def _body(name: str) -> dict[str, Any]:
    type_ = {"type": "string", "const": str(name)}
    if name != _TEST_TYPE:
        return {"allOf": [_MESSAGE, {"type": "object", "properties": {"type": type_}}]}
    return _object(
        type=type_, timestamp={"type": "string", "format": "date-time"}, data={"type": "object"}
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
