"""Larger deployments under more load: what each part is busy, what waits, what gives way first."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.model.arrivals import percentile, send_at_random
from benchmarks.model.assumptions import COMMIT_MS, MOST_RUNG, RING_AGAIN_MS
from benchmarks.model.cost import Cost
from benchmarks.model.costs import Costs
from benchmarks.model.formulas import clearing_seconds
from benchmarks.model.host import World
from benchmarks.model.service import Service
from benchmarks.model.shape import Shape

SECONDS_OF_A_DAY = 86_400
AT_MOST = 0.7
_READS_OF_A_PAYOUT = 7 / 3
_LASTS_MS = 20_000.0
_OUTAGE_SECONDS = 600

SHAPES = (
    Shape("2 cores", cores=2),
    Shape("2, 3 workers", workers=3, cores=2),
    Shape("4 cores", web=5, workers=4, cores=4),
    Shape("8 cores", web=9, workers=4, cores=8),
    Shape("2+2+2 cores", web=3, workers=4, web_cores=2, worker_cores=2, store_cores=2),
)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, by simulation."""

    request_p50: float
    request_p99: float
    completed_p50: float
    completed_p99: float


@dataclass(frozen=True, slots=True)
class Growth:
    """So many payouts a day, in the busiest hour `peak` times the mean, on one deployment."""

    shape: Shape
    costs: Costs
    per_day: float
    peak: float
    bank_ms: float

    @property
    def per_second(self) -> float:
        return self.per_day / SECONDS_OF_A_DAY * self.peak

    def loads(self) -> Mapping[str, float]:
        """Return how busy each part is at the peak: 1 is all that it can."""
        return self._loads(self.per_second)

    def first(self) -> str:
        return max(self.loads(), key=self.loads().__getitem__)

    def most_per_day(self) -> float:
        """Return the payouts of a day with which nothing is busier than AT_MOST at the peak."""
        rate = self.per_second
        # Fewer payouts need more messages each: not quite a straight line.
        for _ in range(20):
            rate *= AT_MOST / max(self._loads(rate).values())
        return rate * SECONDS_OF_A_DAY / self.peak

    def times(self, seed: int) -> Times | None:
        """Simulate a part of the busiest hour; None if it is too much, and waits grow."""
        if max(self.loads().values()) >= 1:
            return None
        service = Service(
            World(seed), self.shape, self.costs.process, bank_ms=self.bank_ms, with_load=False
        )
        writes = self.per_second
        rates = self.costs.mixture(reads=writes * _READS_OF_A_PAYOUT, writes=writes)
        seen = send_at_random(service, rates, lasts_ms=_LASTS_MS)
        completed = service.completed_ms
        return Times(
            *(seen.percentile_ms(percent) for percent in (50, 99)),
            *(percentile(completed, percent) for percent in (50, 99)),
        )

    def backlog_minutes(self, *, most_rung: float = MOST_RUNG) -> float:
        """Return for how long it is felt that the bank was away for ten minutes of the peak."""
        one_more = self._processing(1)
        loads = self.loads()
        spare = min((1 - loads[name]) / load for name, load in one_more.items() if load)
        seconds = clearing_seconds(
            waiting=self.per_second * _OUTAGE_SECONDS,
            rung_per_second=most_rung / RING_AGAIN_MS * 1000,
            spare_per_second=spare,
        )
        return seconds / 60

    def _loads(self, rate: float) -> Mapping[str, float]:
        cost = self.costs.per_second(
            reads=rate * _READS_OF_A_PAYOUT, writes=rate, web=self.shape.web
        )
        web = {"web interpreters": cost.web / 1000 / self.shape.web}
        return {**self._cores(cost), **web, **self._workers(rate, cost.worker)}

    def _processing(self, rate: float) -> Mapping[str, float]:
        cost = self.costs.process.cost.times(rate)
        return {**self._cores(cost), **self._workers(rate, cost.worker)}

    def _cores(self, cost: Cost) -> Mapping[str, float]:
        shape = self.shape
        if shape.is_one_host:
            return {"cores": cost.total / 1000 / shape.cores}
        return {
            "web cores": cost.web / 1000 / shape.web_cores,
            "worker cores": cost.worker / 1000 / shape.worker_cores,
            "store cores": cost.stores / 1000 / shape.store_cores,
        }

    def _workers(self, rate: float, worker_ms: float) -> Mapping[str, float]:
        """A thread is taken for as long as its payout lasts, most of which is the bank's time."""
        process = self.costs.process.cost
        waits_ms = self.bank_ms + 2 * (COMMIT_MS + self.shape.network_ms)
        lasts_ms = process.worker + process.stores + waits_ms
        return {
            "worker interpreters": worker_ms / 1000 / self.shape.workers,
            "worker threads": rate * lasts_ms / 1000 / self.shape.workers / self.shape.threads,
        }
