"""A backlog of work, and how fast a worker that is started for it drains it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic, sleep

from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.processes import Running
from benchmarks.workload import Measurement

_INTERVAL_SECONDS = 0.25
_WARM_UP_SECONDS = 1.0
# Stop measuring when this share of the backlog is left: the worker's threads then run out of work.
_MIN_SHARE_LEFT = 0.05


@dataclass
class Backlog:
    """`per_second` is first a guess; each measurement replaces it."""

    add: Callable[[int], None]
    left: Callable[[], int]
    worker: Callable[[], AbstractContextManager[Running]]
    per_second: float

    def drain(self, seconds: float) -> Measurement:
        """Add enough work for these seconds, start a worker, and measure it once it is warm."""
        wanted = round(self.per_second * (seconds + 2 * _WARM_UP_SECONDS) * 1.2)
        if (missing := wanted - self.left()) > 0:
            self.add(missing)
        with self.worker() as worker:
            before = self.left()
            worker.wait_until(lambda: self.left() < before, "the first work is done")
            sleep(_WARM_UP_SECONDS)
            cpu = Cpu.of(worker=worker)
            measured = self._measure(seconds, cpu, stop_at=before * _MIN_SHARE_LEFT)
        self.per_second = measured.per_second
        return measured

    def _measure(self, seconds: float, cpu: Cpu, *, stop_at: float) -> Measurement:
        first, started = self.left(), monotonic()
        left, now = first, started
        with cpu.measured() as spent:
            while now - started < seconds and left > stop_at:
                sleep(_INTERVAL_SECONDS)
                left, now = self.left(), monotonic()
        done = first - left
        return Measurement(done / (now - started), cpu_ms=milliseconds_each(spent, done))
