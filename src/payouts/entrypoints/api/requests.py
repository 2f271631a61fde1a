"""What clients send, turned into the values of the domain."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from rest_framework.serializers import ValidationError

from payouts.domain.by_hand import Resolution
from payouts.domain.country import parse_country
from payouts.domain.errors import InvalidValueError
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency, Money
from payouts.domain.recipient import (
    ACCOUNT_NUMBER_LIMIT,
    BANK_CODE_LIMIT,
    NAME_LIMIT,
    AccountNumber,
    RecipientType,
    parse_line,
)
from payouts.entrypoints.api.fields import (
    AmountField,
    FlagField,
    IdField,
    OptionalTextField,
    StrictSerializer,
    TextField,
    one_of,
)
from payouts.entrypoints.api.filters import read_status

REASON_LIMIT: Final = 255
EVIDENCE_LIMIT: Final = 1000


class NewPayout(StrictSerializer):
    """A request to pay; the key may stand in the body, in the header, or equal in both."""

    recipient_id = IdField()
    amount = AmountField()
    currency = TextField(parse=Currency.parse, shape={"pattern": "^[A-Z]{3}$", "example": "USD"})
    idempotency_key = TextField(
        parse=IdempotencyKey.parse, shape={"pattern": "^[!-~]{8,64}$"}, required=False
    )


# To make a serializer, DRF copies all its fields; to read with it leaves no trace in it.
_NEW_PAYOUT = NewPayout()


def read_new_payout(data: Mapping[str, Any], *, key_in_header: str | None) -> dict[str, Any]:
    """Return what the use case takes; raise ValidationError."""
    values = _NEW_PAYOUT.run_validation(data)
    return {
        "recipient_id": values["recipient_id"],
        "money": _read_money(values["amount"], values["currency"]),
        "idempotency_key": _one_key(values.get("idempotency_key"), key_in_header),
    }


def _one_key(in_body: IdempotencyKey | None, header: str | None) -> IdempotencyKey:
    in_header = None if header is None else _read_key(header)
    if in_body and in_header and in_body != in_header:
        raise _field_error("idempotency_key", "Body and header name different keys.", "keys_differ")
    if key := in_body or in_header:
        return key
    raise _field_error("idempotency_key", "Send a key in the body or in the header.", "required")


class StatusChange(StrictSerializer):
    """A step that staff want a payout to take, and why."""

    status = TextField(parse=read_status)
    reason = OptionalTextField(parse=partial(parse_line, limit=REASON_LIMIT), default="")


class ResolutionForm(StrictSerializer):
    """What staff decide about a payout, and what they know it by."""

    outcome = TextField(
        parse=one_of(Resolution, code="outcome_unknown"), shape={"enum": [*Resolution]}
    )
    evidence = TextField(
        parse=partial(parse_line, limit=EVIDENCE_LIMIT),
        shape={"minLength": 1, "maxLength": EVIDENCE_LIMIT},
    )


class RecipientForm(StrictSerializer):
    """Whom to pay. What has the form of an IBAN has to have its check digits too."""

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
