"""The terms of a payout: the content of a request, which its idempotency key identifies."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

from payouts.domain.errors import IdempotencyKeyReusedError, MetadataMalformedError
from payouts.domain.money import Money
from payouts.domain.text import CONTROL_CHARACTERS, parse_line

MAX_METADATA_KEYS: Final = 50
METADATA_KEY_LIMIT: Final = 40
METADATA_VALUE_LIMIT: Final = 500
# ISO 20022, RmtInf/Ustrd.
REMITTANCE_INFORMATION_LIMIT: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTerms:
    """Everything that the client chooses. Nothing of it changes once the payout exists.

    `metadata` is for the client alone, and never sent to the bank. `remittance_information` is the
    text on the recipient's bank statement; "" if there is none.
    """

    recipient_id: int
    money: Money
    metadata: Mapping[str, str] = field(default_factory=dict)
    remittance_information: str = ""

    def ensure_same(self, requested: Self) -> None:
        """Raise IdempotencyKeyReusedError, naming the request fields that differ.

        Values are compared as they were parsed: 10.0 and 10.00 dollars are the same.
        """
        ours, theirs = self._request_fields(), requested._request_fields()
        differing = tuple(name for name, value in ours.items() if value != theirs[name])
        if differing:
            raise IdempotencyKeyReusedError(differing_fields=differing)

    def _request_fields(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        money = values.pop("money")
        return {**values, "amount": money.amount, "currency": money.currency.code}


def parse_metadata(values: Mapping[str, str]) -> dict[str, str]:
    """Raise MetadataMalformedError for too many or too long keys or values, or control characters.

    Lone surrogates and NUL are among the control characters.
    """
    if len(values) > MAX_METADATA_KEYS:
        raise MetadataMalformedError(f"Give at most {MAX_METADATA_KEYS} keys.")
    for key, value in values.items():
        if not 1 <= len(key) <= METADATA_KEY_LIMIT:
            raise MetadataMalformedError(f"A key has 1 to {METADATA_KEY_LIMIT} characters.")
        if len(value) > METADATA_VALUE_LIMIT:
            raise MetadataMalformedError(f"A value has up to {METADATA_VALUE_LIMIT} characters.")
        if CONTROL_CHARACTERS.search(key + value):
            raise MetadataMalformedError("Keys and values may contain no control characters.")
    return dict(values)


def parse_remittance_information(text: str) -> str:
    """Raise TextMalformedError unless it is one line of up to 140 characters."""
    return parse_line(text, limit=REMITTANCE_INFORMATION_LIMIT)
