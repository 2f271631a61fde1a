"""Work that waits, and how fast a worker that is started for it works it off."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic, sleep

from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.processes import wait_until
from benchmarks.rounds import Done
from devstack.child import Child

_LOOK_SECONDS = 0.25
_SETTLE_SECONDS = 1.0
# Of what waited when the worker came: with less than this its threads begin to have nothing to do.
_LEAST_SHARE = 0.05


@dataclass
class Backlog:
    """`per_second` is a guess at first; each while that was watched makes it better."""

    add: Callable[[int], None]
    left: Callable[[], int]
    worker: Callable[[], AbstractContextManager[Child]]
    per_second: float

    def work_off(self, seconds: float) -> Done:
        """Have enough waiting for so many seconds; start a worker, and watch it once it is warm."""
        wanted = round(self.per_second * (seconds + 2 * _SETTLE_SECONDS) * 1.2)
        if (missing := wanted - self.left()) > 0:
            self.add(missing)
        with self.worker() as worker:
            before = self.left()
            wait_until(lambda: self.left() < before, f"{worker.name} works", worker)
            sleep(_SETTLE_SECONDS)
            done = self._watch(seconds, Cpu.of(worker=worker), enough=before * _LEAST_SHARE)
        self.per_second = done.per_second
        return done

    def _watch(self, seconds: float, cpu: Cpu, *, enough: float) -> Done:
        first, started = self.left(), monotonic()
        left, now = first, started
        with cpu.spent() as spent:
            while now - started < seconds and left > enough:
                sleep(_LOOK_SECONDS)
                left, now = self.left(), monotonic()
        return Done((first - left) / (now - started), cpu_ms=milliseconds_each(spent, first - left))
