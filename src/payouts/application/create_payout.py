"""Accept a payout, exactly once per idempotency key."""

from dataclasses import dataclass

from payouts.application.ports import Doorbell, Payouts
from payouts.domain.errors import (
    CurrencyNotAllowedError,
    PayoutDeletedError,
    RecipientInactiveError,
    RecipientNotFoundError,
)
from payouts.domain.idempotency import Fingerprint, IdempotencyKey
from payouts.domain.money import Money
from payouts.domain.payout import Payout, PayoutRequest
from payouts.domain.recipient import Recipient

# A recipient may be entered or activated between the try and the question why it failed.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Created:
    payout: Payout


@dataclass(frozen=True, slots=True)
class Replayed:
    payout: Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayout:
    """Make the payout, or return the one that this key made before.

    The key counts before anything that may have changed since: a replay stays a replay when the
    recipient was deactivated or the currency is not paid any more.

    Raises IdempotencyKeyReusedError, PayoutDeletedError, CurrencyNotAllowedError,
    RecipientNotFoundError, RecipientInactiveError.
    """

    payouts: Payouts
    doorbell: Doorbell
    currencies: frozenset[str]

    def __call__(
        self, *, recipient_id: int, money: Money, idempotency_key: IdempotencyKey, actor: str
    ) -> Created | Replayed:
        request = PayoutRequest(
            recipient_id=recipient_id, money=money, idempotency_key=idempotency_key
        )
        for _ in range(_TRIES):
            # First try, then ask why it did not work: that is one round trip for most requests.
            created = self._is_allowed(money) and self.payouts.add(request, actor=actor)
            if created:
                self.doorbell.ring([created.id])
                return Created(created)
            found = self.payouts.find(idempotency_key=idempotency_key, recipient_id=recipient_id)
            if found.payout:
                return _replay(found.payout, request.fingerprint)
            self._expect_allowed(money)
            _expect_payable(found.recipient, request)
        raise RecipientInactiveError(recipient_id=recipient_id)

    def _is_allowed(self, money: Money) -> bool:
        return money.currency.code in self.currencies

    def _expect_allowed(self, money: Money) -> None:
        if not self._is_allowed(money):
            raise CurrencyNotAllowedError(currency=money.currency.code, allowed=self.currencies)


def _expect_payable(recipient: Recipient | None, request: PayoutRequest) -> None:
    if not recipient:
        raise RecipientNotFoundError(recipient_id=request.recipient_id)
    request.order(recipient)


def _replay(payout: Payout, wanted: Fingerprint) -> Replayed:
    if payout.is_deleted:
        raise PayoutDeletedError(payout_id=payout.id)
    payout.order.fingerprint.expect_same(wanted)
    return Replayed(payout)
