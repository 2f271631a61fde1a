"""Let staff decide about a payout for which the bank gave no final answer."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from payouts.application.apply_manual_action import apply_manual_action
from payouts.application.ports import Payouts, TaskQueue
from payouts.domain.manual_action import Resolution, resolve
from payouts.domain.payout import Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePayout:
    """Record who decided, and on what evidence. RETRY goes on under the same reference.

    Raises PayoutNotFoundError, InvalidTransitionError, PayoutChangedError, PayoutInFlightError.
    """

    payouts: Payouts
    task_queue: TaskQueue

    def __call__(
        self,
        *,
        payout_id: int,
        resolution: Resolution,
        evidence: str,
        actor: str,
        expected_updated_at: datetime | None = None,
    ) -> Payout:
        resolved = apply_manual_action(
            self.payouts,
            payout_id=payout_id,
            action=partial(resolve, resolution=resolution, evidence=evidence),
            actor=actor,
            expected_updated_at=expected_updated_at,
        )
        if resolution is Resolution.RETRY:
            self.task_queue.enqueue([payout_id])
        return resolved
