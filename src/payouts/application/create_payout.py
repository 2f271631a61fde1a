"""Accept a payout, exactly once per idempotency key."""

from dataclasses import dataclass

from payouts.application.ports import Payouts, TaskQueue
from payouts.domain.errors import (
    CurrencyNotAllowedError,
    PayoutDeletedError,
    RecipientInactiveError,
    RecipientNotFoundError,
)
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency
from payouts.domain.payout import Payout, PayoutRequest
from payouts.domain.recipient import Recipient
from payouts.domain.terms import PayoutTerms

# A recipient may be created or activated between the insert that failed and the look-up of why.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Created:
    payout: Payout


@dataclass(frozen=True, slots=True)
class Replayed:
    payout: Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayout:
    """Create the payout, or return the one that this key created before.

    The key is checked before anything that may have changed since: a replay stays a replay when
    the recipient was deactivated, or the currency is no longer allowed or no longer in ISO 4217.

    Raises IdempotencyKeyReusedError, PayoutDeletedError, CurrencyUnknownError,
    CurrencyNotAllowedError, RecipientNotFoundError, RecipientInactiveError.
    """

    payouts: Payouts
    task_queue: TaskQueue
    currencies: frozenset[str]

    def __call__(
        self, *, terms: PayoutTerms, idempotency_key: IdempotencyKey, actor: str
    ) -> Created | Replayed:
        request = PayoutRequest(terms=terms, idempotency_key=idempotency_key)
        currency, recipient_id = terms.money.currency, terms.recipient_id
        for _ in range(_TRIES):
            # Insert first, and find out why it failed only then: most requests take one round trip.
            created = self._is_allowed(currency) and self.payouts.add(request, actor=actor)
            if created:
                self.task_queue.enqueue([created.id])
                return Created(created)
            existing = self.payouts.find_existing(
                idempotency_key=idempotency_key, recipient_id=recipient_id
            )
            if existing.payout:
                return _replay(existing.payout, terms)
            self._ensure_allowed(currency)
            _ensure_payable(existing.recipient, request)
        raise RecipientInactiveError(recipient_id=recipient_id)

    def _is_allowed(self, currency: Currency) -> bool:
        return currency.code in self.currencies

    def _ensure_allowed(self, currency: Currency) -> None:
        """Raise CurrencyUnknownError or CurrencyNotAllowedError."""
        if not self._is_allowed(currency):
            Currency.parse(currency.code)
            raise CurrencyNotAllowedError(currency=currency.code, allowed=self.currencies)


def _ensure_payable(recipient: Recipient | None, request: PayoutRequest) -> None:
    if not recipient:
        raise RecipientNotFoundError(recipient_id=request.terms.recipient_id)
    request.order(recipient)


def _replay(payout: Payout, requested: PayoutTerms) -> Replayed:
    if payout.is_deleted:
        raise PayoutDeletedError(payout_id=payout.id)
    payout.order.terms.ensure_same(requested)
    return Replayed(payout)
