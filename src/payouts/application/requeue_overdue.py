"""Enqueue payouts again whose task was lost, or whose worker died."""

from dataclasses import dataclass

from payouts.application.ports import Payouts, TaskQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeueOverdue:
    """Enqueue overdue payouts, so that at most `max_waiting` of them wait in the broker at once.

    The tasks expire after `interval_seconds`, when the payouts may be enqueued again. So a backlog
    that workers cannot keep up with never grows in the broker.
    """

    payouts: Payouts
    task_queue: TaskQueue
    max_waiting: int
    interval_seconds: float

    def __call__(self) -> int:
        """Return how many were enqueued. Those that the broker did not take are tried again."""
        overdue = self.payouts.take_overdue(
            max_waiting=self.max_waiting, interval_seconds=self.interval_seconds
        )
        return self.task_queue.enqueue(overdue, expires_in_seconds=self.interval_seconds)
