"""Request bodies, turned into values of the domain."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from rest_framework.serializers import ValidationError

from payouts.domain.client_events import ClientEventType
from payouts.domain.country import parse_country
from payouts.domain.errors import InvalidValueError
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.manual_action import Resolution
from payouts.domain.money import Currency, Money
from payouts.domain.recipient import (
    ACCOUNT_NUMBER_LIMIT,
    BANK_CODE_LIMIT,
    EXTERNAL_ID_PATTERN,
    NAME_LIMIT,
    AccountNumber,
    RecipientType,
    parse_external_id,
)
from payouts.domain.status import PayoutStatus
from payouts.domain.terms import (
    MAX_METADATA_KEYS,
    REMITTANCE_INFORMATION_LIMIT,
    PayoutTerms,
    parse_metadata,
    parse_remittance_information,
)
from payouts.domain.text import parse_line
from payouts.domain.webhooks.endpoint import DESCRIPTION_LIMIT
from payouts.domain.webhooks.url import URL_LIMIT, URL_PATTERN, WebhookUrl
from payouts.entrypoints.api.fields import (
    AmountField,
    FlagField,
    IdField,
    ObjectField,
    OptionalTextField,
    StrictSerializer,
    TextField,
    TextListField,
    one_of,
)
from payouts.entrypoints.api.list_request import read_time

KEY_SHAPE: Final = {"type": "string", "pattern": "^[!-~]{8,64}$"}
URL_SHAPE: Final = {"pattern": f"^{URL_PATTERN}$", "maxLength": URL_LIMIT}
REASON_LIMIT: Final = 255
EVIDENCE_LIMIT: Final = 1000


class NewPayoutRequest(StrictSerializer):
    """A payout to create. The key is in the body, in the header, or the same in both."""

    recipient_id = IdField()
    amount = AmountField()
    # The use case looks the currency up, after the key: a replay may name one that was dropped.
    currency = TextField(
        parse=Currency.parse_active_or_historic,
        shape={"pattern": "^[A-Z]{3}$", "example": "USD"},
    )
    idempotency_key = TextField(parse=IdempotencyKey.parse, shape=KEY_SHAPE, required=False)
    metadata = ObjectField(
        parse=parse_metadata, shape={"maxProperties": MAX_METADATA_KEYS}, required=False
    )
    remittance_information = OptionalTextField(
        parse=parse_remittance_information, shape={"maxLength": REMITTANCE_INFORMATION_LIMIT}
    )


# Creating a serializer copies all of its fields. Reading with it changes nothing in it.
_NEW_PAYOUT = NewPayoutRequest()


def read_new_payout(data: Mapping[str, Any], *, key_in_header: str | None) -> dict[str, Any]:
    """Return the arguments of CreatePayout; raise ValidationError that names invalid fields."""
    values = _NEW_PAYOUT.run_validation(data)
    key = _one_key(values.pop("idempotency_key", None), key_in_header)
    money = _read_money(values.pop("amount"), values.pop("currency"))
    return {"terms": PayoutTerms(**values, money=money), "idempotency_key": key}


def _one_key(in_body: IdempotencyKey | None, header: str | None) -> IdempotencyKey:
    in_header = None if header is None else _read_key(header)
    if in_body and in_header and in_body != in_header:
        raise _field_error(
            "idempotency_key", "Body and header contain different keys.", "keys_differ"
        )
    if key := in_body or in_header:
        return key
    raise _field_error("idempotency_key", "Send a key in the body or in the header.", "required")


class StatusRequest(StrictSerializer):
    """The status that staff want to give a payout, and why."""

    status = TextField(
        parse=one_of(PayoutStatus, code="status_unknown"), shape={"enum": [*PayoutStatus]}
    )
    reason = OptionalTextField(
        parse=partial(parse_line, limit=REASON_LIMIT),
        shape={"maxLength": REASON_LIMIT},
        default="",
    )


class ResolutionRequest(StrictSerializer):
    """What staff decide about a payout, and the evidence for it."""

    outcome = TextField(
        parse=one_of(Resolution, code="outcome_unknown"), shape={"enum": [*Resolution]}
    )
    evidence = TextField(
        parse=partial(parse_line, limit=EVIDENCE_LIMIT),
        shape={"minLength": 1, "maxLength": EVIDENCE_LIMIT},
    )


class RecipientChangeRequest(StrictSerializer):
    """Fields of a recipient to change. An IBAN needs right check digits."""

    type = TextField(
        parse=one_of(RecipientType, code="type_unknown"), shape={"enum": [*RecipientType]}
    )
    name = TextField(
        parse=partial(parse_line, limit=NAME_LIMIT),
        shape={"minLength": 1, "maxLength": NAME_LIMIT},
    )
    account_number = TextField(
        parse=AccountNumber.parse, shape={"minLength": 1, "maxLength": ACCOUNT_NUMBER_LIMIT}
    )
    bank_code = OptionalTextField(
        parse=partial(parse_line, limit=BANK_CODE_LIMIT), shape={"maxLength": BANK_CODE_LIMIT}
    )
    country = OptionalTextField(
        parse=parse_country, shape={"pattern": "^([A-Z]{2})?$", "example": "UA"}
    )
    is_active = FlagField(required=False)


class RecipientRequest(RecipientChangeRequest):
    """A recipient. An account number with the form of an IBAN needs right check digits.

    `external_id` is the client's own id; it cannot be changed later.
    """

    external_id = OptionalTextField(
        parse=parse_external_id, shape={"pattern": f"^({EXTERNAL_ID_PATTERN})?$"}
    )


class WebhookRequest(StrictSerializer):
    """An endpoint of a client. No `event_types`, or an empty list, means all."""

    url = TextField(parse=WebhookUrl.parse, shape=URL_SHAPE)
    event_types = TextListField(
        parse=one_of(ClientEventType, code="event_type_unknown"),
        shape={"enum": [*ClientEventType]},
        required=False,
    )
    description = OptionalTextField(
        parse=partial(parse_line, limit=DESCRIPTION_LIMIT), shape={"maxLength": DESCRIPTION_LIMIT}
    )


class WebhookChangeRequest(WebhookRequest):
    """Fields of an endpoint to change. One that is enabled again goes on where it stopped."""

    is_enabled = FlagField(required=False)


class ReplayRequest(StrictSerializer):
    """From which time on events are sent again."""

    since = TextField(parse=read_time, shape={"format": "date-time"})


class EmptyRequest(StrictSerializer):
    """Nothing: no body, or an object without fields."""


def _read_key(text: str) -> IdempotencyKey:
    try:
        return IdempotencyKey.parse(text)
    except InvalidValueError as error:
        raise _field_error("idempotency_key", str(error), error.code) from error


def _read_money(text: str, currency: Currency) -> Money:
    try:
        return Money.parse(text, currency)
    except InvalidValueError as error:
        raise _field_error("amount", str(error), error.code) from error


def _field_error(field: str, detail: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(detail, code=code).detail})
