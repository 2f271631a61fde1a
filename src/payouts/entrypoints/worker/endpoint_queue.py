"""The deliveries to one endpoint that a worker has claimed."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from payouts.application.webhooks.ports import ClaimedBatch, ClaimedDelivery, Target
from payouts.domain.webhooks.pace import Pace
from payouts.domain.webhooks.retries import Answer

LEASE_SECONDS: Final = 60.0
# An attempt takes at most 15 seconds. It has to be recorded before the lease ends.
_START_LIMIT_SECONDS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed delivery that waits for a thread."""

    endpoint_id: int
    target: Target
    delivery: ClaimedDelivery
    start_before: float


@dataclass(slots=True)
class EndpointQueue:
    """What waits, how many are being sent, and whether the database may have more.

    `has_due` is about deliveries that may be claimed, `has_events` about events that are not
    deliveries yet.
    """

    endpoint_id: int
    pace: Pace = field(default_factory=Pace)
    waiting: deque[Job] = field(default_factory=deque)
    sending: int = 0
    has_due: bool = False
    has_events: bool = False
    _pause_ends_at: float = 0.0

    @property
    def space(self) -> int:
        """How many deliveries to claim: none before half of the claimed ones have been sent."""
        claimed = len(self.waiting) + self.sending
        if monotonic() < self._pause_ends_at or claimed > self.pace.in_hand // 2:
            return 0
        return self.pace.in_hand - claimed

    @property
    def can_start(self) -> bool:
        return bool(self.waiting) and self.sending < self.pace.concurrent

    def add(self, batch: ClaimedBatch, *, claimed_at: float) -> None:
        start_before = claimed_at + _START_LIMIT_SECONDS
        self.waiting.extend(
            Job(self.endpoint_id, batch.target, delivery, start_before)
            for delivery in batch.deliveries
        )

    def answered(self, answer: Answer) -> None:
        self.pace = self.pace.after(answer)
        self._pause_ends_at = monotonic() + self.pace.pause_seconds

    def take_back(self) -> Sequence[ClaimedDelivery]:
        """Remove what should not wait here any longer: it may be claimed again."""
        is_late = bool(self.waiting) and monotonic() > self.waiting[0].start_before
        return self.take_all() if is_late or self.pace.is_failing else []

    def take_all(self) -> Sequence[ClaimedDelivery]:
        taken = [job.delivery for job in self.waiting]
        self.waiting.clear()
        self.has_due = self.has_due or bool(taken)
        return taken
