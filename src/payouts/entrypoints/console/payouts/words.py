"""What a payout waits for, or how it ended, in words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from payouts.adapters.database.payout_search import PayoutRow
from payouts.domain import reason_codes
from payouts.domain.payout import Deferral
from payouts.domain.status import PayoutStatus

# Longer than requeueing and the longest usual queue take.
OVERDUE_AFTER: Final = timedelta(minutes=5)
_WAITS: Final = {
    Deferral.NONE: "A worker stopped before it recorded the bank's answer",
    Deferral.MANUAL: "A person handles it",
    Deferral.PENDING: "Waiting for the bank's answer",
    Deferral.NOT_ACCEPTED: "The bank did not take the order",
    Deferral.NOT_AUTHORISED: "The bank refuses our credentials",
    Deferral.REFUSED: "The bank refused it once, which an earlier attempt leaves open",
    Deferral.UNKNOWN: "No clear answer from the bank",
}

ShowTime = Callable[[datetime], str]


def explain(payout: PayoutRow, *, show: ShowTime) -> str:
    """Return one line: what it waits for and when that goes on, or how it ended."""
    if payout.deleted_at:
        return f"Deleted {show(payout.deleted_at)}"
    match payout.status:
        case PayoutStatus.NEW:
            return _explain_new(payout, show)
        case PayoutStatus.PROCESSING:
            return _explain_processing(payout, show)
        case PayoutStatus.COMPLETED:
            return _explain_completed(payout, show)
        case PayoutStatus.FAILED:
            return explain_failure(payout.failure_code, payout.failure_reason)


def explain_failure(code: str, reason: str) -> str:
    """Return the reason code in words, or what a person wrote."""
    if code == reason_codes.NARRATIVE or not code:
        return reason or "No reason was given"
    meaning = reason_codes.in_words(code)
    return f"{meaning} ({code})" if meaning else f"{reason} ({code})" if reason else code


def is_stuck(payout: PayoutRow) -> bool:
    """Return whether somebody should look at it."""
    if payout.deleted_at or payout.status.is_terminal:
        return False
    due = payout.next_attempt_at
    is_overdue = due is not None and payout.read_at - due > OVERDUE_AFTER
    return payout.needs_review or (is_overdue and not payout.is_leased)


def _explain_new(payout: PayoutRow, show: ShowTime) -> str:
    due = payout.next_attempt_at
    if due is None:
        return "Is not to be sent"
    if due > payout.read_at:
        return f"Is sent from {show(due)} on"
    return f"Waiting for a worker since {show(due)}"


def _explain_processing(payout: PayoutRow, show: ShowTime) -> str:
    if payout.needs_review:
        return f"Needs a person: no clear answer from the bank; {asked(payout.attempt)}"
    if payout.is_leased:
        return f"Asking the bank now; {asked(payout.attempt)}"
    if payout.next_attempt_at is None:
        return f"A person handles it since {show(payout.updated_at)}"
    since = f" since {show(payout.updated_at)}" if payout.deferral is Deferral.PENDING else ""
    return "; ".join(
        [f"{_WAITS[payout.deferral]}{since}", asked(payout.attempt), _next(payout, show)]
    )


def _explain_completed(payout: PayoutRow, show: ShowTime) -> str:
    if payout.returned_at:
        return f"The bank sent the money back; known since {show(payout.returned_at)}"
    return f"Paid {show(payout.completed_at)}" if payout.completed_at else "Paid"


def _next(payout: PayoutRow, show: ShowTime) -> str:
    due = payout.next_attempt_at
    assert due is not None
    return f"next at {show(due)}" if due > payout.read_at else f"due since {show(due)}"


def asked(attempts: int) -> str:
    """Return how often the bank was asked."""
    words = {0: "not asked yet", 1: "asked once", 2: "asked twice"}
    return words.get(attempts, f"asked {attempts} times")
