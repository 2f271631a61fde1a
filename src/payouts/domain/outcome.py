"""What a bank's answer means for a payout. Only this module decides whether money moved."""

from dataclasses import dataclass

from payouts.domain.bank_answer import (
    BankAnswer,
    NotAccepted,
    NotAuthorised,
    NotKnown,
    Refused,
    Transfer,
    TransferStatus,
    Unknown,
)
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Deferral, Failure, Payout
from payouts.domain.retry_policy import RetryPolicy
from payouts.domain.status import PayoutStatus

_FINAL_STATUSES = {
    TransferStatus.SETTLED: PayoutStatus.COMPLETED,
    TransferStatus.REJECTED: PayoutStatus.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The payout after an attempt or an action, and the event that records it.

    `due_in_seconds` is when a worker may claim it again; None means never. `is_repetition` marks a
    deferral of the same kind as the one before, which adds nothing to the history.
    """

    payout: Payout
    event: EventType
    reason: str = ""
    due_in_seconds: float | None = None
    is_repetition: bool = False

    def history_entry(self, *, actor: str) -> HistoryEntry:
        return HistoryEntry(
            event=self.event, actor=actor, reason=self.reason, log_only=self.is_repetition
        )


def apply_answer(payout: Payout, answer: BankAnswer, retry_policy: RetryPolicy) -> Outcome:
    """Turn the bank's answer to a claimed payout into its outcome."""
    match answer:
        case Transfer():
            return _apply_transfer(payout, answer, retry_policy)
        case Refused():
            return _apply_refusal(payout, answer, retry_policy)
        case NotAccepted():
            deferred = _defer_without_effect(payout, Deferral.NOT_ACCEPTED)
            delay = retry_policy.delay_seconds(
                deferred, retry_after_seconds=answer.retry_after_seconds
            )
            return _deferral(payout, deferred, answer.narrative, delay)
        case NotAuthorised():
            deferred = _defer_without_effect(payout, Deferral.NOT_AUTHORISED)
        case Unknown() | NotKnown():
            deferred = payout.defer(Deferral.UNKNOWN, open_attempts=payout.open_attempts)
    return _deferral(payout, deferred, answer.narrative, retry_policy.delay_seconds(deferred))


def apply_callback(payout: Payout, transfer: Transfer) -> Outcome | None:
    """Turn a callback from the bank into an outcome; None if it says nothing new.

    A callback that contradicts a final status, or names an order that was never sent, changes
    nothing: it is kept as evidence.
    """
    final = _FINAL_STATUSES.get(transfer.status)
    if not final or payout.status is final or not _matches(payout, transfer):
        return None
    if payout.status is PayoutStatus.PROCESSING and payout.attempt:
        return _finish(payout, transfer)
    return Outcome(
        payout=payout,
        event=EventType.LATE_ANSWER,
        reason=f"callback from the bank: {transfer.status}",
    )


def fail(payout: Payout, failure: Failure) -> Outcome:
    """End the payout as FAILED. Call it only when it is certain that no money moved."""
    return Outcome(
        payout=payout.fail(failure),
        event=EventType.FAILED,
        reason=f"{failure.code}: {failure.reason}",
    )


def request_review(payout: Payout) -> Outcome:
    """Leave the decision to a person after many attempts without a certain answer."""
    return Outcome(
        payout=payout.request_review(),
        event=EventType.NEEDS_REVIEW,
        reason=f"{payout.open_attempts - 1} attempts without a certain answer from the bank",
    )


def _apply_transfer(payout: Payout, transfer: Transfer, retry_policy: RetryPolicy) -> Outcome:
    if not _matches(payout, transfer):
        mismatch = Unknown(f"the bank answered {transfer.status} for another transfer than ours")
        return apply_answer(payout, mismatch, retry_policy)
    if transfer.status is TransferStatus.PENDING:
        # The bank answers, so the count of open attempts starts again; but one transfer exists.
        deferred = payout.defer(Deferral.PENDING, open_attempts=1)
        delay = retry_policy.delay_seconds(deferred)
        return _deferral(payout, deferred, "the bank has not settled it yet", delay)
    return _finish(payout, transfer)


def _matches(payout: Payout, transfer: Transfer) -> bool:
    money = payout.order.terms.money
    ours = payout.order.reference, money.amount, money.currency.code
    return (transfer.reference, transfer.amount, transfer.currency) == ours


def _finish(payout: Payout, transfer: Transfer) -> Outcome:
    if transfer.status is TransferStatus.SETTLED:
        return Outcome(payout=payout.complete(), event=EventType.COMPLETED)
    return fail(payout, Failure(transfer.reason, "The bank rejected the transfer."))


def _apply_refusal(payout: Payout, refused: Refused, retry_policy: RetryPolicy) -> Outcome:
    if payout.has_earlier_open_attempt and payout.deferral is not Deferral.REFUSED:
        # An earlier order may still be in progress at the bank. The refusal is believed the second
        # time: by then a later look-up has not found the transfer either.
        deferred = _defer_without_effect(payout, Deferral.REFUSED)
        delay = retry_policy.delay_seconds(deferred)
        return _deferral(payout, deferred, f"{refused.reason}: {refused.narrative}", delay)
    return fail(payout, Failure(refused.reason, refused.narrative))


def _defer_without_effect(payout: Payout, deferral: Deferral) -> Payout:
    """Defer after an attempt that certainly moved nothing; earlier attempts stay open."""
    return payout.defer(deferral, open_attempts=payout.open_attempts - 1)


def _deferral(before: Payout, deferred: Payout, reason: str, delay_seconds: float) -> Outcome:
    return Outcome(
        payout=deferred,
        event=EventType.DEFERRED,
        reason=f"{deferred.deferral}: {reason}",
        due_in_seconds=delay_seconds,
        is_repetition=deferred.deferral is before.deferral,
    )
