"""What makes two requests the same request."""

import re
from dataclasses import dataclass
from typing import Self

from payouts.domain.errors import IdempotencyKeyMalformedError, IdempotencyKeyReusedError
from payouts.domain.money import Money

_VISIBLE_ASCII = re.compile(r"[!-~]{8,64}")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The client's name for one intent to pay; it is unique for ever."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise IdempotencyKeyMalformedError unless it is 8 to 64 visible ASCII characters."""
        if not _VISIBLE_ASCII.fullmatch(text):
            raise IdempotencyKeyMalformedError
        return cls(text)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The normalised content of a request to pay: 10.0 and 10.00 dollars are equal."""

    recipient_id: int
    money: Money

    def expect_same(self, other: Self) -> None:
        """Raise IdempotencyKeyReusedError, naming the fields, unless both ask for the same."""
        pairs = {
            "recipient_id": (self.recipient_id, other.recipient_id),
            "amount": (self.money.amount, other.money.amount),
            "currency": (self.money.currency, other.money.currency),
        }
        differing = tuple(field for field, (mine, theirs) in pairs.items() if mine != theirs)
        if differing:
            raise IdempotencyKeyReusedError(differing_fields=differing)
