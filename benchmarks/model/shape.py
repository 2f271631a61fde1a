"""Deployments: how many processes, on how many cores."""

from dataclasses import dataclass

from benchmarks.model.assumptions import (
    NETWORK_MS,
    WEB_PROCESSES,
    WEB_THREADS,
    WORKER_THREADS,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Processes of web and worker, and the cores of each tier, or of the one host for all.

    The hosts of a tier count as one pool of cores. `threads` are those of one worker.
    """

    name: str
    web: int = WEB_PROCESSES
    workers: int = 1
    threads: int = WORKER_THREADS
    cores: int = 0
    web_cores: int = 0
    worker_cores: int = 0
    store_cores: int = 0

    @property
    def is_one_host(self) -> bool:
        return self.cores > 0

    @property
    def network_ms(self) -> float:
        return 0 if self.is_one_host else NETWORK_MS

    @property
    def connections(self) -> int:
        """To PostgreSQL: one for each thread that works, and one for a worker's recovery."""
        return self.web * WEB_THREADS + self.workers * (self.threads + 1)
