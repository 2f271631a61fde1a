"""What the schema tells of each operation; nothing here runs when a request is served."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from payouts.domain.history import EventType
from payouts.domain.recipient import RecipientType
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.api.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from payouts.entrypoints.api.requests import REASON_LIMIT, NewPayout, RecipientForm, ResolutionForm

_STATUSES = [status.value for status in PayoutStatus]


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "payouts.entrypoints.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "payouts.entrypoints.api.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class Payout(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    recipient_id = serializers.IntegerField()
    amount = serializers.CharField(help_text='All decimals of the currency: "100.00".')
    currency = serializers.CharField(help_text="ISO 4217.")
    status = serializers.ChoiceField(choices=_STATUSES)
    recipient_name_snapshot = serializers.CharField()
    account_number_snapshot = serializers.CharField()
    bank_code_snapshot = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    reference = serializers.CharField(help_text="Our end-to-end id at the bank.")
    failure_code = serializers.CharField(
        allow_null=True, help_text="An ISO 20022 reason code, or the code of one of our rules."
    )
    failure_reason = serializers.CharField(allow_null=True)
    needs_review = serializers.BooleanField()


class PayoutPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Payout(many=True)


class Event(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=[event.value for event in EventType])
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="A user's name, or `system`.")
    from_status = serializers.ChoiceField(choices=_STATUSES, allow_null=True)
    to_status = serializers.ChoiceField(choices=_STATUSES, allow_null=True)
    reason = serializers.CharField(allow_null=True)
    attempt = serializers.IntegerField()


class History(serializers.Serializer[Any]):
    results = Event(many=True)


class Recipient(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=[type_.value for type_ in RecipientType])
    name = serializers.CharField()
    account_number = serializers.CharField()
    bank_code = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True, help_text="ISO 3166-1 alpha-2.")
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RecipientPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Recipient(many=True)


class FieldError(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Heard(serializers.Serializer[Any]):
    result = serializers.ChoiceField(["applied", "ignored"])


class Problem(serializers.Serializer[Any]):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors: Any = FieldError(many=True, required=False)


def refuse_unknown_names(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Serve the setting POSTPROCESSING_HOOKS: what clients send has no names but these."""
    for name in ("NewPayout", "RecipientForm", "PatchedRecipientForm", "ResolutionForm"):
        result["components"]["schemas"][name]["additionalProperties"] = False
    return result


def _problems(**reasons: str) -> dict[tuple[int, str], OpenApiResponse]:
    always = {
        "401": "No valid token or session.",
        "429": "Too many requests; `Retry-After` tells when to come back.",
        "503": "The database is not there; `Retry-After` tells when to come back.",
    }
    return {
        (int(status), "application/problem+json"): OpenApiResponse(Problem, description=reason)
        for status, reason in (
            {name.lstrip("s"): text for name, text in reasons.items()} | always
        ).items()
    }


def _parameter(name: str, type_: Any = str, text: str = "", **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, type_, description=text, **options)


def _signature(name: str, text: str) -> OpenApiParameter:
    return _parameter(name, text=text, location=OpenApiParameter.HEADER, required=True)


_ID = {"type": "integer", "format": "int64", "minimum": 1}
_SIZE = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE}
_KEY = {"type": "string", "pattern": "^[!-~]{8,64}$"}
_PAGE = [
    _parameter("cursor", text="From `next` or `previous` of another page."),
    _parameter("page_size", _SIZE),
]
_PAYOUT_ID = OpenApiParameter("payout_id", _ID, OpenApiParameter.PATH)
_RECIPIENT_ID = OpenApiParameter("recipient_id", _ID, OpenApiParameter.PATH)
# Written out, because a PATCH is taken for one whose fields may all be left out.
_STATUS_CHANGE = {
    "type": "object",
    "required": ["status"],
    "additionalProperties": False,
    "properties": {
        "status": {"$ref": "#/components/schemas/PayoutStatus"},
        "reason": {"type": "string", "maxLength": REASON_LIMIT, "nullable": True},
    },
}
_TRANSFER = {
    "type": "object",
    "properties": {
        "reference": {"type": "string"},
        "status": {"type": "string", "enum": ["ACSC", "PDNG", "RJCT"]},
        "reason": {"type": "string", "nullable": True, "description": "An ISO 20022 code."},
        "amount": {"type": "string", "example": "100.00"},
        "currency": {"type": "string"},
    },
}
_CALLBACK = {"type": "object", "properties": {"data": _TRANSFER}}
_BODY_PROBLEMS = {"s413": "More than 64 KiB.", "s415": "Not application/json."}
_STAFF = "Only staff may do this."

LIST_PAYOUTS: dict[str, Any] = {
    "operation_id": "list_payouts",
    "parameters": [
        *_PAGE,
        _parameter("status", enum=_STATUSES),
        _parameter("currency", {"type": "string", "pattern": "^[A-Z]{3}$"}, "ISO 4217."),
        _parameter("recipient_id", {"type": "integer", "minimum": 0}),
        _parameter("idempotency_key", _KEY),
        _parameter("needs_review", enum=["true", "false"]),
        _parameter("created_after", OpenApiTypes.DATETIME, "At this time or later."),
        _parameter("created_before", OpenApiTypes.DATETIME, "Before this time."),
    ],
    "responses": {200: PayoutPage, **_problems(s400="A parameter is not valid.")},
}
CREATE_PAYOUT: dict[str, Any] = {
    "operation_id": "create_payout",
    "description": "Pay somebody. The same key with the same content gives the same payout again, "
    "with status 200 and `Idempotent-Replayed: true`; keys never expire.",
    "parameters": [
        OpenApiParameter(
            "Idempotency-Key",
            _KEY,
            OpenApiParameter.HEADER,
            description="May stand here instead of in the body; 8 to 64 visible ASCII characters.",
        )
    ],
    "request": NewPayout,
    "responses": {
        201: OpenApiResponse(Payout, description="Accepted; it will be paid once."),
        200: OpenApiResponse(Payout, description="This key made it before."),
        **_problems(
            s400="A field is not valid, or the recipient is not active.",
            s404="There is no such recipient.",
            s409="The key belongs to a deleted payout.",
            s422="The key was used with another content; `errors` names the fields.",
            **_BODY_PROBLEMS,
        ),
    },
}
READ_PAYOUT: dict[str, Any] = {
    "operation_id": "read_payout",
    "parameters": [_PAYOUT_ID],
    "responses": {200: Payout, **_problems(s404="There is no such payout.")},
}
READ_EVENTS: dict[str, Any] = {
    "operation_id": "read_payout_events",
    "parameters": [_PAYOUT_ID],
    "responses": {200: History, **_problems(s404="There is no such payout.")},
}
CHANGE_STATUS: dict[str, Any] = {
    "operation_id": "change_payout_status",
    "parameters": [_PAYOUT_ID],
    "description": "PROCESSING means that a person handles it: no worker will send it.",
    "request": {"application/json": _STATUS_CHANGE},
    "responses": {
        200: Payout,
        **_problems(
            s400="The body is not valid, or the state graph has no such step.",
            s403=_STAFF,
            s404="There is no such payout.",
            s409="A worker is sending it right now.",
            **_BODY_PROBLEMS,
        ),
    },
}
RESOLVE_PAYOUT: dict[str, Any] = {
    "operation_id": "resolve_payout",
    "parameters": [_PAYOUT_ID],
    "description": "Decide about a payout that the bank did not tell the end of. COMPLETED: its "
    "money moved. FAILED: it did not, and will not. RETRY: workers ask the bank anew, under the "
    "same reference. The history keeps who decided, and the evidence.",
    "request": ResolutionForm,
    "responses": {
        200: Payout,
        **_problems(
            s400="The body is not valid, or the payout's status leaves no such way.",
            s403=_STAFF,
            s404="There is no such payout.",
            s409="A worker is asking the bank right now.",
            **_BODY_PROBLEMS,
        ),
    },
}
DELETE_PAYOUT: dict[str, Any] = {
    "operation_id": "delete_payout",
    "parameters": [_PAYOUT_ID],
    "description": "Hide it. The row, its history and its key stay: the key can never pay again.",
    "responses": {
        204: None,
        **_problems(s403=_STAFF, s404="There is no such payout.", s409="It is PROCESSING."),
    },
}
BANK_CALLBACK: dict[str, Any] = {
    "operation_id": "bank_callback",
    "description": "For the bank: tell what became of a transfer, signed in the form of Standard "
    "Webhooks. Telling the same again, or in another order, does no harm.",
    "parameters": [
        _signature("webhook-id", "The same each time the same message is sent."),
        _signature("webhook-timestamp", "Seconds since 1970; at most five minutes from now."),
        _signature("webhook-signature", "`v1,` and the HMAC-SHA256 in base64; several by spaces."),
    ],
    "request": {"application/json": _CALLBACK},
    "responses": {
        200: Heard,
        **_problems(s409="A worker is changing it right now.", **_BODY_PROBLEMS),
    },
}
LIST_RECIPIENTS: dict[str, Any] = {
    "operation_id": "list_recipients",
    "parameters": _PAGE,
    "responses": {200: RecipientPage, **_problems(s400="A parameter is not valid.")},
}
ADD_RECIPIENT: dict[str, Any] = {
    "operation_id": "add_recipient",
    "request": RecipientForm,
    "responses": {
        201: Recipient,
        **_problems(s400="A field is not valid.", s403=_STAFF, **_BODY_PROBLEMS),
    },
}
READ_RECIPIENT: dict[str, Any] = {
    "operation_id": "read_recipient",
    "parameters": [_RECIPIENT_ID],
    "responses": {200: Recipient, **_problems(s404="There is no such recipient.")},
}
CHANGE_RECIPIENT: dict[str, Any] = {
    "operation_id": "change_recipient",
    "parameters": [_RECIPIENT_ID],
    "request": RecipientForm,
    "responses": {
        200: Recipient,
        **_problems(
            s400="A field is not valid.",
            s403=_STAFF,
            s404="There is no such recipient.",
            **_BODY_PROBLEMS,
        ),
    },
}
