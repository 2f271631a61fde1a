"""The terms of a payout: what the client asks for, and what an idempotency key stands for."""

from dataclasses import dataclass, fields
from typing import Any, Self

from payouts.domain.errors import IdempotencyKeyReusedError
from payouts.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTerms:
    """Everything that the client chooses. Nothing of it changes once the payout exists."""

    recipient_id: int
    money: Money

    def ensure_same(self, requested: Self) -> None:
        """Raise IdempotencyKeyReusedError, naming the request fields that differ.

        Values are compared as they were parsed: 10.0 and 10.00 dollars are the same.
        """
        ours, theirs = self._request_fields(), requested._request_fields()
        differing = tuple(name for name, value in ours.items() if value != theirs[name])
        if differing:
            raise IdempotencyKeyReusedError(differing_fields=differing)

    def _request_fields(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        money = values.pop("money")
        return {**values, "amount": money.amount, "currency": money.currency.code}
