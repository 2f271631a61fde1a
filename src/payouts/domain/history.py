"""The lines of a payout's history."""

from enum import StrEnum
from typing import Final

SYSTEM_ACTOR: Final = "system"


class EventType(StrEnum):
    """What happened to a payout; the log tells the same fact under the same name."""

    CREATED = "payout.created"
    CLAIMED = "payout.claimed"
    DEFERRED = "payout.deferred"
    NEEDS_REVIEW = "payout.needs_review"
    HELD = "payout.held"
    RETRIED = "payout.retried"
    COMPLETED = "payout.completed"
    FAILED = "payout.failed"
    DELETED = "payout.deleted"
    LATE_ANSWER = "payout.late_answer"
    RETURNED = "payout.returned"
