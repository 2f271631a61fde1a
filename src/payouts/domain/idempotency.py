"""Idempotency keys: the client's name for one intent to pay."""

import re
from dataclasses import dataclass
from typing import Self

from payouts.domain.errors import IdempotencyKeyMalformedError

_VISIBLE_ASCII = re.compile(r"[!-~]{8,64}")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key that identifies one payout and never expires."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise IdempotencyKeyMalformedError unless it is 8 to 64 visible ASCII characters."""
        if not _VISIBLE_ASCII.fullmatch(text):
            raise IdempotencyKeyMalformedError
        return cls(text)

    def __str__(self) -> str:
        return self.value
