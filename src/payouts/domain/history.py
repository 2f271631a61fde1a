"""The history of a payout: one event for each change that a person would want to read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SYSTEM_ACTOR: Final = "system"


class EventType(StrEnum):
    """What happened to a payout. The log line of the same fact has the same name."""

    CREATED = "payout.created"
    CLAIMED = "payout.claimed"
    DEFERRED = "payout.deferred"
    NEEDS_REVIEW = "payout.needs_review"
    TAKEN_OVER = "payout.taken_over"
    RETRIED = "payout.retried"
    TRY_REQUESTED = "payout.try_requested"
    COMPLETED = "payout.completed"
    FAILED = "payout.failed"
    DELETED = "payout.deleted"
    LATE_ANSWER = "payout.late_answer"
    RETURNED = "payout.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What happened, who did it, and why.

    `log_only` marks a repetition, such as another look-up of a pending payout: it is logged, and
    not added to the history.
    """

    event: EventType
    actor: str
    reason: str = ""
    log_only: bool = False
