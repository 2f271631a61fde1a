"""What a bank's answer makes of a payout. The one place that decides whether money moved."""

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
from payouts.domain.history import EventType
from payouts.domain.payout import Deferral, Failure, Payout
from payouts.domain.status import PayoutStatus

_JITTER_STEPS = 0x10000
_ENDS = {
    TransferStatus.SETTLED: PayoutStatus.COMPLETED,
    TransferStatus.REJECTED: PayoutStatus.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long to ask the bank, in seconds.

    A bank that lets each attempt hang to its deadline of 6 seconds, and never tells, is asked for
    about 100 seconds in all: people hear of a doubt within two minutes.
    """

    max_open_attempts: int = 7
    longest_backoff_seconds: float = 10
    longest_retry_after_seconds: float = 60

    def backoff_seconds(self, payout: Payout) -> float:
        """Double from a second up to the longest; each payout is a little off the beat."""
        doubled = min(2.0 ** min(payout.attempt - 1, 16), self.longest_backoff_seconds)
        jitter = int(payout.order.reference[:4], 16) / _JITTER_STEPS
        return doubled * (0.75 + jitter / 4)

    def is_exhausted(self, payout: Payout) -> bool:
        """Tell, of a payout just claimed, whether to stop asking a bank that never tells."""
        return payout.open_attempts > self.max_open_attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The payout after an attempt, and the line of history that says so.

    `due_in_seconds` says when a worker may take it again; None is never.
    """

    payout: Payout
    event: EventType
    reason: str = ""
    due_in_seconds: float | None = None


def conclude(payout: Payout, answer: BankAnswer, patience: Patience) -> Outcome:
    """Turn the bank's answer to a claimed payout into its outcome."""
    match answer:
        case Transfer():
            return _conclude_transfer(payout, answer, patience)
        case Refused():
            return _conclude_refusal(payout, answer, patience)
        case NotAccepted():
            wait = min(answer.retry_after_seconds, patience.longest_retry_after_seconds)
            return _defer(
                payout,
                Deferral.NOT_ACCEPTED,
                answer.narrative,
                due_in_seconds=max(wait, patience.backoff_seconds(payout)),
                # This attempt is known to have moved nothing; earlier ones stay open.
                open_attempts=payout.open_attempts - 1,
            )
        case NotAuthorised():
            return _defer(
                payout,
                Deferral.NOT_AUTHORISED,
                answer.narrative,
                due_in_seconds=patience.longest_backoff_seconds,
                open_attempts=payout.open_attempts - 1,
            )
        case Unknown() | NotKnown():
            return _defer(
                payout,
                Deferral.UNKNOWN,
                answer.narrative,
                due_in_seconds=patience.backoff_seconds(payout),
                open_attempts=payout.open_attempts,
            )


def hear(payout: Payout, transfer: Transfer) -> Outcome | None:
    """Turn what the bank tells unasked into an outcome; None if that is no news.

    What contradicts an end, or tells of an order that was never sent, changes nothing: it is
    kept as evidence.
    """
    end = _ENDS.get(transfer.status)
    if not end or payout.status is end or not _is_ours(payout, transfer):
        return None
    if payout.status is PayoutStatus.PROCESSING and payout.attempt:
        return _end(payout, transfer)
    return Outcome(
        payout=payout,
        event=EventType.LATE_ANSWER,
        reason=f"the bank called back: {transfer.status}",
    )


def fail(payout: Payout, failure: Failure) -> Outcome:
    """End the payout: it is certain that no money moved."""
    return Outcome(
        payout=payout.fail(failure),
        event=EventType.FAILED,
        reason=f"{failure.code}: {failure.reason}",
    )


def ask_for_review(payout: Payout) -> Outcome:
    """Leave to a person what the bank did not tell in many attempts."""
    return Outcome(
        payout=payout.ask_for_review(),
        event=EventType.NEEDS_REVIEW,
        reason=f"{payout.open_attempts - 1} attempts without a certain answer from the bank",
    )


def _conclude_transfer(payout: Payout, transfer: Transfer, patience: Patience) -> Outcome:
    if not _is_ours(payout, transfer):
        mismatch = Unknown(f"the bank answered {transfer.status} for another transfer than ours")
        return conclude(payout, mismatch, patience)
    if transfer.status is TransferStatus.PENDING:
        return _defer(
            payout,
            Deferral.PENDING,
            "the bank has not settled it yet",
            due_in_seconds=patience.backoff_seconds(payout),
            # The bank answers, so patience starts anew; but one transfer is out there.
            open_attempts=1,
        )
    return _end(payout, transfer)


def _is_ours(payout: Payout, transfer: Transfer) -> bool:
    return transfer.reference == payout.order.reference and transfer.money == payout.order.money


def _end(payout: Payout, transfer: Transfer) -> Outcome:
    if transfer.status is TransferStatus.SETTLED:
        return Outcome(payout=payout.complete(), event=EventType.COMPLETED)
    return fail(payout, Failure(transfer.reason, "The bank rejected the transfer."))


def _conclude_refusal(payout: Payout, refused: Refused, patience: Patience) -> Outcome:
    if payout.may_be_known_to_bank and payout.deferral is not Deferral.REFUSED:
        # An earlier order may still be under way inside the bank. It is believed the second
        # time: by then a look-up, a while later, has not found the transfer either.
        return _defer(
            payout,
            Deferral.REFUSED,
            f"{refused.reason}: {refused.narrative}",
            due_in_seconds=patience.longest_backoff_seconds,
            open_attempts=payout.open_attempts - 1,
        )
    return fail(payout, Failure(refused.reason, refused.narrative))


def _defer(
    payout: Payout, deferral: Deferral, reason: str, *, due_in_seconds: float, open_attempts: int
) -> Outcome:
    return Outcome(
        payout=payout.defer(deferral, open_attempts=open_attempts),
        event=EventType.DEFERRED,
        reason=f"{deferral}: {reason}",
        due_in_seconds=due_in_seconds,
    )
