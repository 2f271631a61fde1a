"""The tasks."""

from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from celery import Task, shared_task
from django.conf import settings
from django.db import close_old_connections

from payouts import bootstrap

log = structlog.get_logger("payouts")


@shared_task(name="payouts.process", bind=True)
def process(self: "Task[Any, Any]", *payout_ids: int) -> None:
    """Bring payouts a step further, all at the same time; those that are not due, not at all."""
    request_ids = (self.request.headers or {}).get("request_ids") or [""] * len(payout_ids)
    wait([_hands().submit(_process, *each) for each in zip(payout_ids, request_ids, strict=True)])


@shared_task(name="payouts.recover")
def recover() -> None:
    """Ring again for what a crash or an outage stranded."""
    structlog.contextvars.clear_contextvars()
    close_old_connections()
    if rung := bootstrap.recover_payouts()():
        log.info("doorbell.rung_again", count=rung)


@cache
def _hands() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.WORKER_CONCURRENCY, thread_name_prefix="payout")


def _process(payout_id: int, request_id: str) -> None:
    started = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id or uuid4().hex)
    try:
        close_old_connections()
        outcome = bootstrap.process_payout()(payout_id=payout_id)
    except Exception:  # the others of this message go on; recovery rings again for this one
        log.exception("task.failed", payout_id=payout_id)
        return
    log.info(
        "task.finished",
        payout_id=payout_id,
        outcome=outcome.event.value if outcome else "none",
        duration_ms=round((perf_counter() - started) * 1000, 1),
    )
