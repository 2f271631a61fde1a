"""The tasks."""

from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from celery import Task, shared_task
from django.db import close_old_connections

from payouts import bootstrap

log = structlog.get_logger("payouts")


@shared_task(name="payouts.process", bind=True)
def process(self: "Task[Any, Any]", payout_id: int) -> None:
    """Bring one payout a step further; if it is not due, do nothing."""
    request_id = (self.request.headers or {}).get("request_id") or uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    close_old_connections()
    started = perf_counter()
    outcome = bootstrap.process_payout()(payout_id=payout_id)
    log.info(
        "task.finished",
        payout_id=payout_id,
        outcome=outcome.event.value if outcome else "none",
        duration_ms=round((perf_counter() - started) * 1000, 1),
    )


@shared_task(name="payouts.recover")
def recover() -> None:
    """Ring again for what a crash or an outage stranded."""
    structlog.contextvars.clear_contextvars()
    close_old_connections()
    if rung := bootstrap.recover_payouts()():
        log.info("doorbell.rung_again", count=rung)
