"""The payout, and every change it can go through."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from payouts.domain.errors import (
    InvalidTransitionError,
    PayoutInFlightError,
    PayoutNotWaitingError,
    PayoutProcessingError,
)
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.recipient import Recipient, RecipientSnapshot
from payouts.domain.reference import new_reference
from payouts.domain.status import PayoutStatus
from payouts.domain.terms import PayoutTerms


class Deferral(StrEnum):
    """Why a payout is still PROCESSING. MANUAL: staff took it over before a worker claimed it."""

    NONE = ""
    MANUAL = "MANUAL"
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
    def narrative(cls, reason: str) -> Self:
        """Return the failure that a person describes in words (ISO 20022 code NARR)."""
        return cls("NARR", reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequest:
    """The order of a client, and the reference under which it is sent to the bank."""

    terms: PayoutTerms
    idempotency_key: IdempotencyKey
    reference: str = field(default_factory=new_reference)

    def order(self, recipient: Recipient) -> "PayoutOrder":
        """Place the order; raise RecipientInactiveError if the recipient is not active."""
        return PayoutOrder(
            terms=self.terms,
            recipient=recipient.snapshot(),
            idempotency_key=self.idempotency_key,
            reference=self.reference,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutOrder:
    """The part of a payout that never changes.

    `reference` is our end-to-end id at the bank (ISO 20022 EndToEndId, at most 35 characters).
    """

    terms: PayoutTerms
    recipient: RecipientSnapshot
    idempotency_key: IdempotencyKey
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A payout as it is stored.

    `attempt` counts claims; a worker whose claim is not the newest cannot record an outcome.
    `open_attempts` counts the attempts that the bank may have acted on without a final answer.
    `pending_count` counts how often the bank has answered that the transfer is pending.
    `is_due` means that its next attempt need not wait; it may be leased for it.
    `returned_at` is when we learned that the bank sent the money back after COMPLETED.
    """

    id: int
    order: PayoutOrder
    status: PayoutStatus
    created_at: datetime
    updated_at: datetime
    attempt: int = 0
    open_attempts: int = 0
    deferral: Deferral = Deferral.NONE
    pending_count: int = 0
    failure: Failure | None = None
    needs_review: bool = False
    returned_at: datetime | None = None
    is_leased: bool = False
    is_due: bool = False
    is_deleted: bool = False

    @property
    def has_earlier_open_attempt(self) -> bool:
        """Return whether an attempt before the current claim may have moved money."""
        return self.open_attempts > 1

    def complete(self) -> Self:
        """Raise InvalidTransitionError unless it can become COMPLETED."""
        return self.transition_to(PayoutStatus.COMPLETED)

    def fail(self, failure: Failure) -> Self:
        """Raise InvalidTransitionError unless it can become FAILED."""
        return replace(self.transition_to(PayoutStatus.FAILED), failure=failure)

    def transition_to(self, status: PayoutStatus) -> Self:
        """Change the status; raise InvalidTransitionError if the state graph forbids it.

        Workers make a payout PROCESSING by claiming it. Here PROCESSING means that staff take it
        over from the workers.
        """
        self.status.ensure_can_become(status)
        is_taken_over = status is PayoutStatus.PROCESSING
        deferral = Deferral.MANUAL if is_taken_over else Deferral.NONE
        return replace(self, status=status, needs_review=False, deferral=deferral)

    def defer(self, deferral: Deferral, *, open_attempts: int) -> Self:
        """Keep it PROCESSING, to be asked about again."""
        is_pending = deferral is Deferral.PENDING
        return replace(
            self,
            deferral=deferral,
            open_attempts=open_attempts,
            pending_count=self.pending_count + is_pending,
        )

    def retry(self) -> Self:
        """Give it back to the workers; raise InvalidTransitionError unless it is PROCESSING.

        One attempt stays open if one was, so that the bank is asked before it is sent again.
        """
        if self.status is not PayoutStatus.PROCESSING:
            raise InvalidTransitionError(current=self.status.value, requested="RETRY")
        return replace(
            self,
            needs_review=False,
            open_attempts=min(self.open_attempts, 1),
            pending_count=0,
        )

    def ensure_waits_for_attempt(self) -> None:
        """Raise PayoutNotWaitingError or PayoutInFlightError unless a later attempt is planned."""
        self.ensure_not_in_flight()
        explanation = self._why_no_attempt_is_planned()
        if explanation:
            raise PayoutNotWaitingError(payout_id=self.id, explanation=explanation)

    def _why_no_attempt_is_planned(self) -> str | None:
        if self.status.is_terminal:
            return f"it is {self.status.value}"
        if self.needs_review:
            return "it needs review, so resolve it"
        if self.is_due:
            return "it is due already, and a worker takes it as soon as one is free"
        if self.status is PayoutStatus.NEW:
            return "it is not to be sent yet"
        is_manual = self.deferral is Deferral.MANUAL
        return "a person handles it, who may give it back to the workers" if is_manual else None

    def request_review(self) -> Self:
        """Leave the decision to a person, because it is unknown whether the money moved."""
        return replace(self, needs_review=True)

    def delete(self) -> Self:
        """Hide it; raise PayoutProcessingError while money may be moving."""
        if self.status is PayoutStatus.PROCESSING:
            raise PayoutProcessingError(payout_id=self.id)
        return replace(self, is_deleted=True)

    def ensure_not_in_flight(self) -> None:
        """Raise PayoutInFlightError while a worker holds its lease."""
        if self.is_leased:
            raise PayoutInFlightError(payout_id=self.id)
