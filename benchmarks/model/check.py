"""The check: each row as the model predicts it from the processor time of single rows alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks.load import CONNECTIONS
from benchmarks.model.arrivals import Seen, send_in_turn, work_off
from benchmarks.model.assumptions import SLOW_BANK_MS, WORKER_THREADS
from benchmarks.model.benchmark import Benchmark
from benchmarks.model.cost import Work
from benchmarks.model.costs import Costs
from benchmarks.model.host import World
from benchmarks.model.service import Service
from benchmarks.model.shape import Shape

_ROUNDS = 5
_LASTS_MS = 1_000.0
_MIXED_LASTS_MS = 2_500.0


@dataclass(frozen=True, slots=True)
class Prediction:
    """One figure of a row; `at_own_cost` if it was told what the row's own work costs."""

    key: str
    what: str
    predicted: float
    measured: float
    at_own_cost: bool = False

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1


@dataclass(frozen=True, slots=True)
class Check:
    """The benchmark's rounds, in the simulation. Each round takes a seed of its own."""

    benchmark: Benchmark
    seed: int

    def predictions(self) -> Iterator[Prediction]:
        costs = Costs.of(self.benchmark)
        for key, work in costs.alone().items():
            seen = self._rounds(costs, {work: 1}, workers=0, lasts_ms=_LASTS_MS)
            yield self._per_second(key, median(each.per_second for each in seen))
        for key, bank_ms in (("processing", 0.0), ("processing-slow", SLOW_BANK_MS)):
            if key in self.benchmark.rows:
                yield self._per_second(key, self._processed(costs, bank_ms))
        if self.benchmark.has_mixed:
            yield from self._mixed(costs, at_own_cost=False)
            yield from self._mixed(costs.as_mixed(), at_own_cost=True)

    def _per_second(self, key: str, predicted: float) -> Prediction:
        return Prediction(key, "a second", predicted, self.benchmark.median(key))

    def _mixed(self, costs: Costs, *, at_own_cost: bool) -> Iterator[Prediction]:
        shares = costs.mixture(reads=70, writes=30)
        seen = self._rounds(costs, shares, workers=1, lasts_ms=_MIXED_LASTS_MS)
        told = partial(Prediction, "mixed", at_own_cost=at_own_cost)
        rate = median(each.per_second for each in seen)
        yield told(what="a second", predicted=rate, measured=self.benchmark.mixed_per_second())
        measured = self.benchmark.mixed_percentiles_ms()
        for percent, measured_ms in measured.items():
            predicted = median(each.percentile_ms(percent) for each in seen)
            yield told(what=f"p{percent} ms", predicted=predicted, measured=measured_ms)

    def _rounds(
        self, costs: Costs, shares: Mapping[Work, float], *, workers: int, lasts_ms: float
    ) -> list[Seen]:
        return [
            send_in_turn(
                self._service(costs, number, workers=workers),
                shares,
                connections=CONNECTIONS,
                lasts_ms=lasts_ms,
            )
            for number in range(_ROUNDS)
        ]

    def _processed(self, costs: Costs, bank_ms: float) -> float:
        return median(
            work_off(
                self._service(costs, number, workers=1, bank_ms=bank_ms),
                lasts_ms=_MIXED_LASTS_MS,
                at_once=2 * WORKER_THREADS,
            )
            for number in range(_ROUNDS)
        )

    def _service(self, costs: Costs, number: int, *, workers: int, bank_ms: float = 0) -> Service:
        shape = Shape("benchmark", workers=workers, cores=self.benchmark.cores)
        world = World(self.seed + number)
        return Service(world, shape, costs.process, bank_ms=bank_ms, with_load=True)
