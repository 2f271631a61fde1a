"""Tells Celery that payouts wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final, NamedTuple

import structlog
from celery import Celery
from kombu import Connection
from kombu.pools import producers

from payouts.adapters.breaker import Breaker
from payouts.adapters.gathering import Gathering

TASK = "payouts.process"
QUEUE = "payouts"
# A message costs as much as all else that a web process does for a payout, so one tells of several.
MOST_IN_A_MESSAGE: Final = 16
# A broker that accepts connections but answers nothing costs the first caller about this long.
_ACQUIRE_SECONDS = 0.5
_RETRY_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class Ring(NamedTuple):
    """A payout that waits, and the request that made it wait: one search of the logs shows all."""

    payout_id: int
    request_id: str


@dataclass(frozen=True, slots=True)
class CeleryDoorbell:
    """Serve the port `Doorbell` over a connection of its own with short time-outs."""

    celery: Celery
    connection: Connection
    breaker: Breaker

    def ring(self, payout_ids: Iterable[int]) -> int:
        return self.tell(_rings(payout_ids))

    def tell(self, rings: Sequence[Ring]) -> int:
        told = 0
        if self.breaker.is_open:
            return told
        try:
            with producers[self.connection].acquire(
                block=True, timeout=_ACQUIRE_SECONDS
            ) as producer:
                for batch in batched(rings, MOST_IN_A_MESSAGE):
                    self.celery.send_task(
                        TASK,
                        args=[ring.payout_id for ring in batch],
                        queue=QUEUE,
                        producer=producer,
                        retry_policy=_RETRY_ONCE,
                        headers={"request_ids": [ring.request_id for ring in batch]},
                    )
                    told += len(batch)
        except Exception as error:  # the payouts are safe in the database, whatever broke here
            self.breaker.trip(error)
        return told


class GatheringDoorbell:
    """Ring beside the request: who asks for a payout never waits for the broker.

    Rings that are lost with the process are rung again by recovery.
    """

    def __init__(self, doorbell: CeleryDoorbell) -> None:
        self._breaker = doorbell.breaker
        self._gathering = Gathering(name="doorbell", do=doorbell.tell)

    def ring(self, payout_ids: Iterable[int]) -> int:
        if self._breaker.is_open:
            return 0
        rings = _rings(payout_ids)
        self._gathering.add(rings)
        return len(rings)


def _rings(payout_ids: Iterable[int]) -> list[Ring]:
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return [Ring(payout_id, request_id) for payout_id in payout_ids]
