"""Publishes the Celery tasks that process payouts.

A message costs as much processor time as everything else that a web process does for a payout. So
payouts that are enqueued within a few milliseconds share a message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched, groupby
from operator import attrgetter
from typing import Final, NamedTuple

import structlog
from celery import Celery
from kombu import Connection
from kombu.pools import producers

from payouts.adapters.background_batcher import BackgroundBatcher
from payouts.adapters.circuit_breaker import CircuitBreaker

TASK = "payouts.process"
QUEUE = "payouts"
MAX_PAYOUTS_PER_MESSAGE: Final = 16
# A broker that accepts connections but never answers costs the first caller about this long.
_ACQUIRE_SECONDS = 0.5
_RETRY_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class QueuedPayout(NamedTuple):
    """A payout to process, and the id of the request that enqueued it, for the worker's log."""

    payout_id: int
    request_id: str
    expires_in_seconds: float | None


@dataclass(frozen=True, slots=True)
class CeleryTaskQueue:
    """Serve the port `TaskQueue` over a connection of its own with short time-outs."""

    celery: Celery
    connection: Connection
    circuit_breaker: CircuitBreaker

    def enqueue(self, payout_ids: Iterable[int], *, expires_in_seconds: float | None = None) -> int:
        return self.publish(_queued(payout_ids, expires_in_seconds))

    def publish(self, payouts: Sequence[QueuedPayout]) -> int:
        """Return how many payouts were published; never raise."""
        published = 0
        if self.circuit_breaker.is_open:
            return published
        try:
            with producers[self.connection].acquire(
                block=True, timeout=_ACQUIRE_SECONDS
            ) as producer:
                for expires, group in groupby(payouts, attrgetter("expires_in_seconds")):
                    for batch in batched(group, MAX_PAYOUTS_PER_MESSAGE):
                        self.celery.send_task(
                            TASK,
                            args=[payout.payout_id for payout in batch],
                            queue=QUEUE,
                            expires=expires,
                            producer=producer,
                            retry_policy=_RETRY_ONCE,
                            headers={"request_ids": [payout.request_id for payout in batch]},
                        )
                        published += len(batch)
        except Exception as error:  # the payouts are safe in the database, whatever failed here
            self.circuit_breaker.record_failure(error)
        return published


class BackgroundTaskQueue:
    """Serve the port `TaskQueue` in a background thread, so that no request waits for the broker.

    Payouts that are lost with the process are enqueued again when they are overdue.
    """

    def __init__(self, task_queue: CeleryTaskQueue) -> None:
        self._circuit_breaker = task_queue.circuit_breaker
        self._batcher = BackgroundBatcher(name="task queue", handle_batch=task_queue.publish)

    def enqueue(self, payout_ids: Iterable[int], *, expires_in_seconds: float | None = None) -> int:
        if self._circuit_breaker.is_open:
            return 0
        payouts = _queued(payout_ids, expires_in_seconds)
        self._batcher.add(payouts)
        return len(payouts)


def _queued(payout_ids: Iterable[int], expires_in_seconds: float | None) -> list[QueuedPayout]:
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return [QueuedPayout(payout_id, request_id, expires_in_seconds) for payout_id in payout_ids]
