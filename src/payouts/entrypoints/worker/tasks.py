"""The Celery tasks.

Celery's pool is `solo`: its one thread receives messages. It passes each payout of a message to a
thread of an executor, and waits while all of these are busy, so that other workers receive the next
messages. A message is acknowledged when its payouts have started. If the worker dies then, their
leases expire and `payouts.requeue_overdue` enqueues them again.

Webhooks have a dispatcher with threads of its own, which a task only wakes up.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from celery import Task, shared_task
from celery.signals import worker_shutdown
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections

from payouts import bootstrap
from payouts.bootstrap import webhooks
from payouts.entrypoints.worker.webhook_dispatcher import WebhookDispatcher

log = structlog.get_logger("payouts")


@shared_task(name="payouts.process", bind=True)
def process(self: "Task[Any, Any]", *payout_ids: int) -> None:
    """Process each payout in a thread of this worker; payouts that are not due are skipped."""
    request_ids = (self.request.headers or {}).get("request_ids") or [""] * len(payout_ids)
    for payout_id, request_id in zip(payout_ids, request_ids, strict=True):
        _executor().submit(payout_id, request_id)


@shared_task(name="payouts.requeue_overdue")
def requeue_overdue() -> None:
    """Enqueue payouts again whose task was lost or whose worker died."""
    if count := _maintain(bootstrap.requeue_overdue()):
        log.info("payouts.requeued", count=count)


@shared_task(name="payouts.deliver_webhooks")
def deliver_webhooks() -> None:
    """Let the threads of this worker deliver what is due."""
    _dispatcher().wake()


@shared_task(name="payouts.remove_old_deliveries")
def remove_old_deliveries() -> None:
    """Remove a batch of deliveries of webhooks that ended long ago."""
    if count := _maintain(webhooks.remove_old_deliveries()):
        log.info("webhooks.old_deliveries_removed", count=count)


def _maintain(use_case: Callable[[], int]) -> int:
    """Return how many rows it changed: none if the database is unavailable."""
    structlog.contextvars.clear_contextvars()
    close_old_connections()
    try:
        return use_case()
    except DatabaseError as error:
        reason = bootstrap.reason_unavailable(error)
        if reason is None:
            raise
        log.error("database.unavailable", reason=reason)  # noqa: TRY400  no traceback: no bug
        return 0


class _BoundedExecutor:
    """Runs as many payouts at the same time as it has threads, and never queues one."""

    def __init__(self, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="payout")
        self._free = BoundedSemaphore(threads)

    def submit(self, payout_id: int, request_id: str) -> None:
        """Start the payout as soon as a thread is free."""
        self._free.acquire()
        future = self._executor.submit(_process, payout_id, request_id)
        future.add_done_callback(lambda _: self._free.release())

    def shutdown(self) -> None:
        """Wait for the payouts that are in progress. Each ends within its own time limits."""
        self._executor.shutdown()


@cache
def _executor() -> _BoundedExecutor:
    return _BoundedExecutor(settings.WORKER_CONCURRENCY)


@cache
def _dispatcher() -> WebhookDispatcher:
    return WebhookDispatcher(threads=webhooks.CONCURRENCY)


@worker_shutdown.connect
def _finish(**_facts: object) -> None:
    _dispatcher().stop()
    _executor().shutdown()
    _dispatcher().join()


def _process(payout_id: int, request_id: str) -> None:
    started = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id or uuid4().hex)
    try:
        close_old_connections()
        outcome = bootstrap.process_payout()(payout_id=payout_id)
    except Exception as error:  # the payout is enqueued again when it is overdue
        reason = bootstrap.reason_unavailable(error)
        log.error("task.failed", payout_id=payout_id, reason=reason, exc_info=reason is None)  # noqa: TRY400
        return
    log.info(
        "task.finished",
        payout_id=payout_id,
        outcome=outcome.event.value if outcome else "none",
        duration_ms=round((perf_counter() - started) * 1000, 1),
    )
