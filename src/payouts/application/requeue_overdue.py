"""Enqueue payouts again whose task was lost, or whose worker died."""

from dataclasses import dataclass

from payouts.application.ports import Payouts, TaskQueue
from payouts.domain.requeue_policy import RequeuePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeueOverdue:
    """Enqueue overdue payouts, so that a limited number of them waits in the broker at once.

    The tasks expire when the payouts may be enqueued again. So a backlog that workers cannot keep
    up with never grows in the broker.
    """

    payouts: Payouts
    task_queue: TaskQueue
    policy: RequeuePolicy

    def __call__(self) -> int:
        """Return how many were enqueued. Those that the broker did not take are tried again."""
        overdue = self.payouts.take_overdue(
            max_waiting=self.policy.max_waiting, interval_seconds=self.policy.interval_seconds
        )
        return self.task_queue.enqueue(overdue, expires_in_seconds=self.policy.interval_seconds)
