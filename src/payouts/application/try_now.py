"""Let staff have the bank asked about a payout now, not at its next time."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from payouts.application.apply_manual_action import apply_manual_action
from payouts.application.ports import Payouts, TaskQueue
from payouts.domain.manual_action import try_now
from payouts.domain.payout import Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class TryNow:
    """Make a waiting payout due and enqueue it.

    Raises PayoutNotFoundError, PayoutNotWaitingError, PayoutChangedError, PayoutInFlightError.
    """

    payouts: Payouts
    task_queue: TaskQueue

    def __call__(
        self,
        *,
        payout_id: int,
        actor: str,
        reason: str = "",
        expected_updated_at: datetime | None = None,
    ) -> Payout:
        payout = apply_manual_action(
            self.payouts,
            payout_id=payout_id,
            action=partial(try_now, reason=reason),
            actor=actor,
            expected_updated_at=expected_updated_at,
        )
        self.task_queue.enqueue([payout_id])
        return payout
