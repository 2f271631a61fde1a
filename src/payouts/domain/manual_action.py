"""The actions of staff on a payout, and the events that record them."""

from enum import StrEnum

from payouts.domain.errors import ReasonRequiredError
from payouts.domain.history import EventType
from payouts.domain.outcome import Outcome
from payouts.domain.payout import Failure, Payout
from payouts.domain.status import PayoutStatus

_EVENTS = {
    PayoutStatus.PROCESSING: EventType.TAKEN_OVER,
    PayoutStatus.COMPLETED: EventType.COMPLETED,
    PayoutStatus.FAILED: EventType.FAILED,
}


class Resolution(StrEnum):
    """COMPLETED: the money moved. FAILED: it did not, and will not. RETRY: ask the bank again."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    RETRY = "RETRY"


def change_status(payout: Payout, *, status: PayoutStatus, reason: str) -> Outcome:
    """Make one transition; the reason is kept in the history.

    Raises InvalidTransitionError if the state graph forbids it, and ReasonRequiredError if the bank
    may know of a payout that is to end without a reason.
    """
    if status is PayoutStatus.FAILED:
        changed = payout.fail(Failure.narrative(reason))
    else:
        changed = payout.transition_to(status)
    if status.is_terminal and not reason:
        _ensure_unknown_to_bank(payout)
    return Outcome(payout=changed, event=_EVENTS[status], reason=reason)


def resolve(payout: Payout, *, resolution: Resolution, evidence: str) -> Outcome:
    """Apply the decision; raise InvalidTransitionError if the payout's status forbids it."""
    if resolution is not Resolution.RETRY:
        return change_status(payout, status=PayoutStatus(resolution), reason=evidence)
    return Outcome(
        payout=payout.retry(), event=EventType.RETRIED, reason=evidence, due_in_seconds=0
    )


def try_now(payout: Payout, *, reason: str = "") -> Outcome:
    """Make its next attempt due at once; nothing else of it changes.

    Raises PayoutInFlightError, or PayoutNotWaitingError if no later attempt is planned.
    """
    payout.ensure_waits_for_attempt()
    return Outcome(payout=payout, event=EventType.TRY_REQUESTED, reason=reason, due_in_seconds=0)


def delete(payout: Payout, *, reason: str = "") -> Outcome:
    """Hide the payout; raise PayoutProcessingError while money may be moving."""
    return Outcome(payout=payout.delete(), event=EventType.DELETED, reason=reason)


def _ensure_unknown_to_bank(payout: Payout) -> None:
    # While a worker asks the bank, the answer is to wait, whatever the reason.
    payout.ensure_not_in_flight()
    if payout.open_attempts or payout.needs_review:
        raise ReasonRequiredError(payout_id=payout.id)
