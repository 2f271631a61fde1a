"""The OpenAPI description of each operation. Nothing here runs while a request is served."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework_dataclasses.serializers import DataclassSerializer

from payouts.application.handle_bank_callback import CallbackResult
from payouts.application.read_models import ClientEventView, EventView, PayoutView, RecipientView
from payouts.application.webhooks.read_models import (
    AnswerView,
    DeliveryView,
    EndpointView,
    EndpointWithSecret,
)
from payouts.domain.client_events import ClientEventType
from payouts.domain.recipient import EXTERNAL_ID_PATTERN
from payouts.domain.role import Permission
from payouts.domain.status import PayoutStatus
from payouts.domain.webhooks.retries import DeliveryStatus
from payouts.entrypoints.api.list_request import (
    ACCOUNT_NUMBER,
    DEFAULT_PAGE_SIZE,
    INCLUDE_DELETED,
    MAX_FEED_PAGE_SIZE,
    MAX_PAGE_SIZE,
)
from payouts.entrypoints.api.requests import (
    KEY_SHAPE,
    NewPayoutRequest,
    RecipientChangeRequest,
    RecipientRequest,
    ReplayRequest,
    ResolutionRequest,
    StatusRequest,
    WebhookChangeRequest,
    WebhookRequest,
)

_MASKED = "The last four characters only, for users with the role viewer."


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


class Payout(DataclassSerializer):
    class Meta:
        dataclass = PayoutView
        extra_kwargs = {
            "amount": {"help_text": 'All decimals of the currency: "100.00".'},
            "currency": {"help_text": "ISO 4217."},
            "reference": {"help_text": "Our end-to-end id at the bank."},
            "failure_code": {"help_text": "An ISO 20022 reason code, or a code of this service."},
            "account_number_snapshot": {"help_text": _MASKED},
            "returned_at": {"help_text": "When it was recorded that the bank sent it back."},
        }


class Event(DataclassSerializer):
    class Meta:
        dataclass = EventView
        extra_kwargs = {"actor": {"help_text": "A user name, or `system`."}}


class ClientEvent(DataclassSerializer):
    class Meta:
        dataclass = ClientEventView
        extra_kwargs = {"id": {"help_text": "`evt_` and the `sequence`."}}


class Recipient(DataclassSerializer):
    class Meta:
        dataclass = RecipientView
        extra_kwargs = {
            "country": {"help_text": "ISO 3166-1 alpha-2."},
            "external_id": {"help_text": "The client's own id of the recipient."},
            "account_number": {"help_text": _MASKED},
            "account_type": {"help_text": "LOCAL: any number that is no IBAN. It is not checked."},
        }


class Webhook(DataclassSerializer):
    class Meta:
        dataclass = EndpointView
        extra_kwargs = {
            "event_types": {"help_text": "The events that it gets; empty means all."},
            "disabled_reason": {
                "help_text": "GONE: it answered 410. FAILING: it has failed for five days. "
                "MANUAL: by a person."
            },
            "failing_since": {"help_text": "The first failure after its last success."},
        }


class WebhookWithSecret(DataclassSerializer):
    class Meta:
        dataclass = EndpointWithSecret
        extra_kwargs = {"secret": {"help_text": "It verifies messages. It is not shown again."}}


class WebhookDelivery(DataclassSerializer):
    class Meta:
        dataclass = DeliveryView
        extra_kwargs = {
            "message_id": {"help_text": "The header `webhook-id`, the same with each attempt."},
            "last_error": {"help_text": "Why the last attempt got no answer."},
            "response_excerpt": {"help_text": "The first 1,024 bytes of the last answer."},
        }


class WebhookAnswer(DataclassSerializer):
    class Meta:
        dataclass = AnswerView


class _Page(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class PayoutPage(_Page):
    results = Payout(many=True)


class EventPage(_Page):
    results = Event(many=True)


class ClientEventPage(serializers.Serializer[Any]):
    next = serializers.URLField(help_text="Never null: ask it again for what happens later.")
    results = ClientEvent(many=True)


class RecipientPage(_Page):
    results = Recipient(many=True)


class WebhookPage(_Page):
    results = Webhook(many=True)


class WebhookDeliveryPage(_Page):
    results = WebhookDelivery(many=True)


class CallbackResponse(serializers.Serializer[Any]):
    result = serializers.ChoiceField([result.value for result in CallbackResult])


class FieldError(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors: Any = FieldError(many=True, required=False)


def _problems(**reasons: str) -> dict[tuple[int, str], OpenApiResponse]:
    """Describe the errors of a request that needs a token or a session."""
    return _anonymous_problems(
        **reasons,
        s401="No valid token or session.",
        s429="Too many requests. Retry after `Retry-After` seconds.",
    )


def _anonymous_problems(**reasons: str) -> dict[tuple[int, str], OpenApiResponse]:
    reasons["s503"] = "The database is unavailable. Retry after `Retry-After` seconds."
    return {
        (int(name.lstrip("s")), "application/problem+json"): OpenApiResponse(
            Problem, description=reason
        )
        for name, reason in reasons.items()
    }


def _parameter(name: str, type_: Any = str, text: str = "", **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, type_, description=text, **options)


def _signature(name: str, text: str) -> OpenApiParameter:
    return _parameter(name, text=text, location=OpenApiParameter.HEADER, required=True)


def _page_parameters(default_size: int, maximum: int = MAX_PAGE_SIZE) -> list[OpenApiParameter]:
    size = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default_size}
    return [
        _parameter("cursor", text="From `next` or `previous` of another page."),
        _parameter("page_size", size),
    ]


def _needs(permission: Permission) -> str:
    return f"This needs the role {permission.roles}."


_ID = {"type": "integer", "format": "int64", "minimum": 1}
_INCLUDE_DELETED = _parameter(INCLUDE_DELETED, bool, "Show deleted payouts too.")
_PAYOUT_ID = OpenApiParameter("payout_id", _ID, OpenApiParameter.PATH)
_RECIPIENT_ID = OpenApiParameter("recipient_id", _ID, OpenApiParameter.PATH)
_TRANSFER = {
    "type": "object",
    "properties": {
        "reference": {"type": "string"},
        "status": {"type": "string", "enum": ["ACSC", "PDNG", "RJCT"]},
        "reason": {"type": ["string", "null"], "description": "An ISO 20022 code."},
        "amount": {"type": "string", "example": "100.00"},
        "currency": {"type": "string"},
    },
}
_CALLBACK = {"type": "object", "properties": {"data": _TRANSFER}}
_NO_DELETED = f"`{INCLUDE_DELETED}`: {_needs(Permission.VIEW_DELETED_PAYOUT)}"
_BODY_PROBLEMS = {"s413": "More than 64 KiB.", "s415": "Not application/json."}
_NO_PAYOUT = "There is no such payout."
_NO_RECIPIENT = "There is no such recipient."
_INVALID_FIELD = "A field is invalid; `errors` names it."
_INVALID_PARAMETER = "A parameter is invalid; `errors` names it."
_IN_FLIGHT = (
    "A worker is sending it, or another change is in progress. Retry after `Retry-After` seconds."
)

LIST_PAYOUTS = extend_schema(
    operation_id="list_payouts",
    parameters=[
        *_page_parameters(DEFAULT_PAGE_SIZE),
        _parameter("status", enum=[status.value for status in PayoutStatus]),
        _parameter("currency", {"type": "string", "pattern": "^[A-Z]{3}$"}, "ISO 4217."),
        _parameter("recipient_id", {"type": "integer", "format": "int64", "minimum": 0}),
        _parameter("idempotency_key", KEY_SHAPE),
        _parameter("needs_review", bool),
        _parameter("returned", bool, "Whether the bank sent it back after COMPLETED."),
        _parameter("created_after", OpenApiTypes.DATETIME, "At this time or later."),
        _parameter("created_before", OpenApiTypes.DATETIME, "Before this time."),
        _INCLUDE_DELETED,
    ],
    responses={200: PayoutPage, **_problems(s400=_INVALID_PARAMETER, s403=_NO_DELETED)},
)
CREATE_PAYOUT = extend_schema(
    operation_id="create_payout",
    description="Create a payout. Repeating the request with the same key and content returns the "
    "same payout with status 200 and `Idempotent-Replayed: true`. Keys never expire.",
    parameters=[
        OpenApiParameter(
            "Idempotency-Key",
            KEY_SHAPE,
            OpenApiParameter.HEADER,
            description="Instead of the key in the body: 8 to 64 visible ASCII characters.",
        )
    ],
    request=NewPayoutRequest,
    responses={
        201: OpenApiResponse(Payout, description="Created. It will be paid once."),
        200: OpenApiResponse(Payout, description="The payout that this key created before."),
        **_problems(
            s400="A field is invalid, or the recipient is not active.",
            s403=_needs(Permission.ADD_PAYOUT),
            s404=_NO_RECIPIENT,
            s409="The key belongs to a deleted payout.",
            s422="The key was used with other content; `errors` names the fields.",
            **_BODY_PROBLEMS,
        ),
    },
)
READ_PAYOUT = extend_schema(
    operation_id="read_payout",
    parameters=[_PAYOUT_ID, _INCLUDE_DELETED],
    responses={
        200: Payout,
        **_problems(s400=_INVALID_PARAMETER, s403=_NO_DELETED, s404=_NO_PAYOUT),
    },
)
READ_EVENTS = extend_schema(
    operation_id="read_payout_events",
    description="The history of a payout, oldest event first.",
    parameters=[_PAYOUT_ID, *_page_parameters(MAX_PAGE_SIZE), _INCLUDE_DELETED],
    responses={
        200: EventPage,
        **_problems(s400=_INVALID_PARAMETER, s403=_NO_DELETED, s404=_NO_PAYOUT),
    },
)
READ_FEED = extend_schema(
    operation_id="list_events",
    description="What happened to all payouts, oldest event first. Following `next`, and asking "
    "the last one again, misses no event and repeats none, while payouts are written concurrently. "
    "Events of one payout are in the order of their `sequence`.",
    parameters=[
        *_page_parameters(MAX_PAGE_SIZE, MAX_FEED_PAGE_SIZE),
        _parameter("type", enum=[type_.value for type_ in ClientEventType]),
    ],
    responses={200: ClientEventPage, **_problems(s400=_INVALID_PARAMETER)},
)
CHANGE_STATUS = extend_schema(
    operation_id="change_payout_status",
    description="Change the status. PROCESSING means that staff handle it: no worker sends it. "
    "COMPLETED and FAILED need a `reason` if the bank may know of the payout (an attempt without a "
    "final answer, or `needs_review`).",
    parameters=[_PAYOUT_ID],
    request=StatusRequest,
    responses={
        200: Payout,
        **_problems(
            s400="The body is invalid, the state graph forbids the transition, or a reason is "
            "required.",
            s403=_needs(Permission.CHANGE_PAYOUT),
            s404=_NO_PAYOUT,
            s409=_IN_FLIGHT,
            **_BODY_PROBLEMS,
        ),
    },
)
RESOLVE_PAYOUT = extend_schema(
    operation_id="resolve_payout",
    description="Decide about a payout for which the bank gave no final answer. COMPLETED: the "
    "money moved. FAILED: it did not, and will not. RETRY: workers ask the bank again, under the "
    "same reference. The history keeps who decided, and the evidence.",
    parameters=[_PAYOUT_ID],
    request=ResolutionRequest,
    responses={
        200: Payout,
        **_problems(
            s400="The body is invalid, or the status of the payout forbids the decision.",
            s403=_needs(Permission.CHANGE_PAYOUT),
            s404=_NO_PAYOUT,
            s409=_IN_FLIGHT,
            **_BODY_PROBLEMS,
        ),
    },
)
DELETE_PAYOUT = extend_schema(
    operation_id="delete_payout",
    description="Hide it. The row, its history and its key stay: the key can never pay again.",
    parameters=[_PAYOUT_ID],
    responses={
        204: None,
        **_problems(
            s403=_needs(Permission.DELETE_PAYOUT),
            s404=_NO_PAYOUT,
            s409="It is PROCESSING, or in flight.",
        ),
    },
)
BANK_CALLBACK = extend_schema(
    operation_id="bank_callback",
    description="For the bank: report what became of a transfer, signed as Standard Webhooks. "
    "Repeated and reordered messages are harmless.",
    parameters=[
        _signature("webhook-id", "The same each time the same message is sent."),
        _signature("webhook-timestamp", "Seconds since 1970; at most five minutes from now."),
        _signature("webhook-signature", "`v1,` and the HMAC-SHA256 in base64; several by spaces."),
    ],
    request={"application/json": _CALLBACK},
    responses={
        200: CallbackResponse,
        **_anonymous_problems(
            s401="No valid signature, or a time that is more than five minutes off.",
            s409=_IN_FLIGHT,
            **_BODY_PROBLEMS,
        ),
    },
)
LIST_RECIPIENTS = extend_schema(
    operation_id="list_recipients",
    parameters=[
        *_page_parameters(DEFAULT_PAGE_SIZE),
        _parameter("external_id", {"type": "string", "pattern": f"^{EXTERNAL_ID_PATTERN}$"}),
        _parameter(ACCOUNT_NUMBER, text="An IBAN may be written with spaces."),
        _parameter("is_active", bool),
    ],
    responses={
        200: RecipientPage,
        **_problems(
            s400=_INVALID_PARAMETER,
            s403=f"`{ACCOUNT_NUMBER}`: {_needs(Permission.VIEW_ACCOUNT_NUMBER)}",
        ),
    },
)
ADD_RECIPIENT = extend_schema(
    operation_id="add_recipient",
    description="Add a recipient. Repeating the request with the same `external_id` and content "
    "returns the same recipient with status 200 and `Idempotent-Replayed: true`.",
    request=RecipientRequest,
    responses={
        201: OpenApiResponse(Recipient, description="Added."),
        200: OpenApiResponse(Recipient, description="The recipient with this `external_id`."),
        **_problems(
            s400=_INVALID_FIELD,
            s403=_needs(Permission.ADD_RECIPIENT),
            s422="The recipient with this `external_id` has other content; `errors` names the "
            "fields.",
            **_BODY_PROBLEMS,
        ),
    },
)
READ_RECIPIENT = extend_schema(
    operation_id="read_recipient",
    parameters=[_RECIPIENT_ID],
    responses={200: Recipient, **_problems(s404=_NO_RECIPIENT)},
)
CHANGE_RECIPIENT = extend_schema(
    operation_id="change_recipient",
    parameters=[_RECIPIENT_ID],
    request=RecipientChangeRequest,
    responses={
        200: Recipient,
        **_problems(
            s400=_INVALID_FIELD,
            s403=_needs(Permission.CHANGE_RECIPIENT),
            s404=_NO_RECIPIENT,
            s409="Another change to it is in progress. Retry after `Retry-After` seconds.",
            **_BODY_PROBLEMS,
        ),
    },
)

_WEBHOOK_ID = OpenApiParameter("endpoint_id", _ID, OpenApiParameter.PATH)
_DELIVERY_ID = OpenApiParameter("delivery_id", _ID, OpenApiParameter.PATH)
_NO_WEBHOOKS = _needs(Permission.MANAGE_WEBHOOKS)
_NO_WEBHOOK = {"s403": _NO_WEBHOOKS, "s404": "There is no such webhook."}

LIST_WEBHOOKS = extend_schema(
    operation_id="list_webhooks",
    parameters=_page_parameters(DEFAULT_PAGE_SIZE),
    responses={200: WebhookPage, **_problems(s400=_INVALID_PARAMETER, s403=_NO_WEBHOOKS)},
)
CREATE_WEBHOOK = extend_schema(
    operation_id="create_webhook",
    description="Let the service tell a URL of events from now on. The `secret`, which verifies "
    "messages, is in this answer only. Private addresses are refused.",
    request=WebhookRequest,
    responses={
        201: WebhookWithSecret,
        **_problems(s400=_INVALID_FIELD, s403=_NO_WEBHOOKS, **_BODY_PROBLEMS),
    },
)
READ_WEBHOOK = extend_schema(
    operation_id="read_webhook",
    parameters=[_WEBHOOK_ID],
    responses={200: Webhook, **_problems(**_NO_WEBHOOK)},
)
CHANGE_WEBHOOK = extend_schema(
    operation_id="change_webhook",
    description="Change it. While it is disabled its events wait, and nothing is lost.",
    parameters=[_WEBHOOK_ID],
    request=WebhookChangeRequest,
    responses={200: Webhook, **_problems(s400=_INVALID_FIELD, **_NO_WEBHOOK, **_BODY_PROBLEMS)},
)
REMOVE_WEBHOOK = extend_schema(
    operation_id="remove_webhook",
    parameters=[_WEBHOOK_ID],
    responses={204: None, **_problems(**_NO_WEBHOOK)},
)
ROTATE_SECRET = extend_schema(
    operation_id="rotate_webhook_secret",
    description="Make a new secret. For 24 hours messages are signed with both.",
    parameters=[_WEBHOOK_ID],
    request=None,
    responses={
        200: WebhookWithSecret,
        **_problems(s400=_INVALID_FIELD, **_NO_WEBHOOK, **_BODY_PROBLEMS),
    },
)
TEST_WEBHOOK = extend_schema(
    operation_id="test_webhook",
    description="Send one message of the type `webhook.test`, and return what came back.",
    parameters=[_WEBHOOK_ID],
    request=None,
    responses={
        200: WebhookAnswer,
        **_problems(s400=_INVALID_FIELD, **_NO_WEBHOOK, **_BODY_PROBLEMS),
    },
)
REPLAY_WEBHOOK = extend_schema(
    operation_id="replay_webhook",
    description="Send all events from a time on again. The messages have the same ids as before.",
    parameters=[_WEBHOOK_ID],
    request=ReplayRequest,
    responses={202: Webhook, **_problems(s400=_INVALID_FIELD, **_NO_WEBHOOK, **_BODY_PROBLEMS)},
)
LIST_DELIVERIES = extend_schema(
    operation_id="list_webhook_deliveries",
    parameters=[
        _WEBHOOK_ID,
        *_page_parameters(DEFAULT_PAGE_SIZE),
        _parameter("status", enum=[status.value for status in DeliveryStatus]),
        _parameter("event_type", enum=[type_.value for type_ in ClientEventType]),
    ],
    responses={200: WebhookDeliveryPage, **_problems(s400=_INVALID_PARAMETER, **_NO_WEBHOOK)},
)
RESEND_DELIVERY = extend_schema(
    operation_id="resend_webhook_delivery",
    description="Send the message again soon, whatever became of it.",
    parameters=[_WEBHOOK_ID, _DELIVERY_ID],
    request=None,
    responses={
        202: WebhookDelivery,
        **_problems(
            s400=_INVALID_FIELD,
            s403=_NO_WEBHOOKS,
            s404="There is no such delivery, or webhook.",
            **_BODY_PROBLEMS,
        ),
    },
)
