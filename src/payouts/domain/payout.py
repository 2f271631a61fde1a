"""The payout and its life."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from payouts.domain.errors import (
    InvalidTransitionError,
    PayoutInFlightError,
    PayoutProcessingError,
)
from payouts.domain.idempotency import Fingerprint, IdempotencyKey
from payouts.domain.money import Money
from payouts.domain.recipient import Recipient, RecipientSnapshot
from payouts.domain.reference import new_reference
from payouts.domain.status import PayoutStatus


class Deferral(StrEnum):
    """Why a payout is still PROCESSING; BY_HAND: staff took it before any worker did."""

    NONE = ""
    BY_HAND = "BY_HAND"
    PENDING = "PENDING"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    NOT_AUTHORISED = "NOT_AUTHORISED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a payout FAILED: an ISO 20022 reason code or a rule's own code, and a sentence."""

    code: str
    reason: str

    @classmethod
    def in_words(cls, reason: str) -> Self:
        """What a person says: ISO 20022 code NARR, the reason is told in words."""
        return cls("NARR", reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequest:
    """What a client asks for, and the reference that the bank would know it by."""

    recipient_id: int
    money: Money
    idempotency_key: IdempotencyKey
    reference: str = field(default_factory=new_reference)

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(recipient_id=self.recipient_id, money=self.money)

    def order(self, recipient: Recipient) -> "PayoutOrder":
        """Place the order; raise RecipientInactiveError if the recipient may not be paid."""
        return PayoutOrder(
            recipient=recipient.snapshot(),
            money=self.money,
            idempotency_key=self.idempotency_key,
            reference=self.reference,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutOrder:
    """All of a payout that never changes.

    `reference` is our end-to-end id at the bank (ISO 20022 EndToEndId, at most 35 characters).
    """

    recipient: RecipientSnapshot
    money: Money
    idempotency_key: IdempotencyKey
    reference: str

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(recipient_id=self.recipient.recipient_id, money=self.money)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A payout as it is stored.

    `attempt` counts claims and fences the late holder of an old one. `open_attempts` counts
    the attempts that the bank may have acted on without having told us the end.
    """

    id: int
    order: PayoutOrder
    status: PayoutStatus
    created_at: datetime
    updated_at: datetime
    attempt: int = 0
    open_attempts: int = 0
    deferral: Deferral = Deferral.NONE
    failure: Failure | None = None
    needs_review: bool = False
    is_leased: bool = False
    is_deleted: bool = False

    @property
    def may_be_known_to_bank(self) -> bool:
        """Tell, of a payout just claimed, whether an earlier attempt may have moved money."""
        return self.open_attempts > 1

    def complete(self) -> Self:
        """Raise InvalidTransitionError unless it may become COMPLETED."""
        return self.become(PayoutStatus.COMPLETED)

    def fail(self, failure: Failure) -> Self:
        """Raise InvalidTransitionError unless it may become FAILED."""
        return replace(self.become(PayoutStatus.FAILED), failure=failure)

    def become(self, status: PayoutStatus) -> Self:
        """Take one step of the state graph; raise InvalidTransitionError if it has no such step.

        Workers make it PROCESSING by a claim, so whoever makes it so here takes it from them.
        """
        self.status.expect_may_become(status)
        is_held = status is PayoutStatus.PROCESSING
        deferral = Deferral.BY_HAND if is_held else Deferral.NONE
        return replace(self, status=status, needs_review=False, deferral=deferral)

    def defer(self, deferral: Deferral, *, open_attempts: int) -> Self:
        """Keep it PROCESSING, to be asked about again."""
        return replace(self, deferral=deferral, open_attempts=open_attempts)

    def retry(self) -> Self:
        """Give it back to the workers; raise InvalidTransitionError unless it is PROCESSING.

        One attempt stays open if one was, so that the bank is asked before it is sent again.
        """
        if self.status is not PayoutStatus.PROCESSING:
            raise InvalidTransitionError(current=self.status.value, requested="RETRY")
        return replace(self, needs_review=False, open_attempts=min(self.open_attempts, 1))

    def ask_for_review(self) -> Self:
        """Leave it to a person: nobody knows whether its money moved."""
        return replace(self, needs_review=True)

    def delete(self) -> Self:
        """Hide it; raise PayoutProcessingError while money may be on its way."""
        if self.status is PayoutStatus.PROCESSING:
            raise PayoutProcessingError(payout_id=self.id)
        return replace(self, is_deleted=True)

    def expect_not_in_flight(self) -> None:
        """Raise PayoutInFlightError while a worker holds it."""
        if self.is_leased:
            raise PayoutInFlightError(payout_id=self.id)
