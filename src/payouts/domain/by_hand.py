"""What staff make of a payout, and the line of history that says so."""

from enum import StrEnum

from payouts.domain.history import EventType
from payouts.domain.outcome import Outcome
from payouts.domain.payout import Failure, Payout
from payouts.domain.status import PayoutStatus

_EVENTS = {
    PayoutStatus.PROCESSING: EventType.HELD,
    PayoutStatus.COMPLETED: EventType.COMPLETED,
    PayoutStatus.FAILED: EventType.FAILED,
}


class Resolution(StrEnum):
    """COMPLETED: the money moved. FAILED: it did not, and will not. RETRY: ask the bank anew."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    RETRY = "RETRY"


def move(payout: Payout, *, status: PayoutStatus, reason: str) -> Outcome:
    """Take one step of the state graph; raise InvalidTransitionError if it has no such step."""
    if status is PayoutStatus.FAILED:
        moved = payout.fail(Failure.in_words(reason))
    else:
        moved = payout.become(status)
    return Outcome(payout=moved, event=_EVENTS[status], reason=reason)


def resolve(payout: Payout, *, resolution: Resolution, evidence: str) -> Outcome:
    """Raise InvalidTransitionError if the payout's status leaves no such way."""
    if resolution is not Resolution.RETRY:
        return move(payout, status=PayoutStatus(resolution), reason=evidence)
    return Outcome(
        payout=payout.retry(), event=EventType.RETRIED, reason=evidence, due_in_seconds=0
    )


def delete(payout: Payout) -> Outcome:
    """Raise PayoutProcessingError while money may be on its way."""
    return Outcome(payout=payout.delete(), event=EventType.DELETED)
