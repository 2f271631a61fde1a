"""A task queue that only counts."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class CountingTaskQueue:
    """Remembers which payouts were enqueued."""

    enqueued: list[int] = field(default_factory=list)
    expiries: set[float | None] = field(default_factory=set)

    def enqueue(self, payout_ids: Iterable[int], *, expires_in_seconds: float | None = None) -> int:
        published = list(payout_ids)
        self.enqueued.extend(published)
        self.expiries.add(expires_in_seconds)
        return len(published)
