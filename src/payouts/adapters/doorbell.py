"""Tells Celery that a payout waits."""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from celery import Celery
from kombu import Connection
from kombu.pools import producers

from payouts.adapters.breaker import Breaker

TASK = "payouts.process"
QUEUE = "payouts"
# A broker that accepts connections but answers nothing costs the first caller about this long.
_ACQUIRE_SECONDS = 0.5
_RETRY_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


@dataclass(frozen=True, slots=True)
class CeleryDoorbell:
    """Serve the port `Doorbell` over a connection of its own with short time-outs."""

    celery: Celery
    connection: Connection
    breaker: Breaker

    def ring(self, payout_ids: Iterable[int]) -> int:
        told = 0
        if self.breaker.is_open:
            return told
        try:
            with producers[self.connection].acquire(
                block=True, timeout=_ACQUIRE_SECONDS
            ) as producer:
                for payout_id in payout_ids:
                    self.celery.send_task(
                        TASK,
                        args=[payout_id],
                        queue=QUEUE,
                        producer=producer,
                        retry_policy=_RETRY_ONCE,
                        headers=_request_headers(),
                    )
                    told += 1
        except Exception as error:  # the payout is safe in the database, whatever broke here
            self.breaker.trip(error)
        return told


def _request_headers() -> dict[str, str]:
    """Take the request's id along, so that one search of the logs shows the whole way."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"request_id": request_id} if request_id else {}
