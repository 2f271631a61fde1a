"""Accept a payout, exactly once per idempotency key."""

from dataclasses import dataclass

from payouts.application.ports import Doorbell, Payouts
from payouts.domain.errors import (
    CurrencyNotAllowedError,
    PayoutDeletedError,
    RecipientNotFoundError,
)
from payouts.domain.idempotency import Fingerprint, IdempotencyKey
from payouts.domain.money import Money
from payouts.domain.payout import Payout, PayoutOrder


@dataclass(frozen=True, slots=True)
class Created:
    payout: Payout


@dataclass(frozen=True, slots=True)
class Replayed:
    payout: Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayout:
    """Make the payout, or return the one that this key made before.

    The key is looked at before anything that may have changed since: a replay stays a replay
    when the recipient was deactivated or the currency is not paid any more.

    Raises IdempotencyKeyReusedError, PayoutDeletedError, CurrencyNotAllowedError,
    RecipientNotFoundError, RecipientInactiveError.
    """

    payouts: Payouts
    doorbell: Doorbell
    currencies: frozenset[str]

    def __call__(
        self, *, recipient_id: int, money: Money, idempotency_key: IdempotencyKey, actor: str
    ) -> Created | Replayed:
        wanted = Fingerprint(recipient_id=recipient_id, money=money)
        found = self.payouts.find(idempotency_key=idempotency_key, recipient_id=recipient_id)
        if found.payout:
            return _replay(found.payout, wanted)
        self._expect_allowed(money)
        if not found.recipient:
            raise RecipientNotFoundError(recipient_id=recipient_id)
        order = PayoutOrder.place(
            recipient=found.recipient, money=money, idempotency_key=idempotency_key
        )
        created = self.payouts.add(order, actor=actor)
        if created:
            self.doorbell.ring([created.id])
            return Created(created)
        # A request with the same key was faster and has committed; its payout is there to see.
        found = self.payouts.find(idempotency_key=idempotency_key, recipient_id=recipient_id)
        assert found.payout, "a key that is taken belongs to a payout, and payouts are never erased"
        return _replay(found.payout, wanted)

    def _expect_allowed(self, money: Money) -> None:
        if money.currency.code not in self.currencies:
            raise CurrencyNotAllowedError(currency=money.currency.code, allowed=self.currencies)


def _replay(payout: Payout, wanted: Fingerprint) -> Replayed:
    if payout.is_deleted:
        raise PayoutDeletedError(payout_id=payout.id)
    payout.order.fingerprint.expect_same(wanted)
    return Replayed(payout)
