"""Memory of each process of a server while it works."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import median
from threading import Event, Thread

import psutil

from benchmarks.processes import Running

_INTERVAL_SECONDS = 1.0
_MIB = 1024 * 1024


@dataclass
class Memory:
    """Resident MiB of each process of a tree, once a second."""

    name: str
    samples: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def watched(self, running: Running) -> Iterator[None]:
        ended = Event()
        thread = Thread(target=self._watch, args=(psutil.Process(running.pid), ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def peaks(self) -> list[float]:
        return [max(each) for each in self.samples.values()]

    def gains(self) -> list[float]:
        """Return how much each process has grown from the middle to the end."""
        return [_gain(each) for each in self.samples.values()]

    def _watch(self, root: psutil.Process, ended: Event) -> None:
        while not ended.wait(_INTERVAL_SECONDS):
            with suppress(psutil.NoSuchProcess):
                for process in (root, *root.children(recursive=True)):
                    self.samples[process.pid].append(process.memory_info().rss / _MIB)


def _gain(samples: list[float]) -> float:
    """Compare a tenth of the samples in the middle with the last tenth."""
    tenth, half = max(1, len(samples) // 10), len(samples) // 2
    return median(samples[-tenth:]) - median(samples[half : half + tenth])
