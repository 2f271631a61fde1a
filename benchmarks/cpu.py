"""Processor time, by who spent it: what a payout or a page costs each part of the service."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psutil
import psycopg

from benchmarks.databases import broker
from devstack.child import Child

type Seconds = Mapping[str, float]


class Cpu:
    """Seconds of each named tree of processes, those of its ended children included."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = {name: psutil.Process(pid) for name, pid in roots.items()}

    @classmethod
    def of(cls, **children: Child) -> "Cpu":
        """Watch these children, and the stores."""
        records = {name: child.record() for name, child in children.items()}
        pids = {name: record.pid for name, record in records.items() if record}
        return cls({**pids, **_stores()})

    @contextmanager
    def spent(self) -> Iterator[dict[str, float]]:
        """Give a mapping that is filled, at the end, with the seconds spent meanwhile."""
        spent: dict[str, float] = {}
        before = self._read()
        yield spent
        spent.update({name: seconds - before[name] for name, seconds in self._read().items()})

    def _read(self) -> Seconds:
        return {name: _seconds(root) for name, root in self._roots.items()}


def milliseconds_each(spent: Seconds, count: int) -> Seconds:
    return {name: seconds * 1000 / max(count, 1) for name, seconds in spent.items()}


def _stores() -> Mapping[str, int]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, broker() as redis:
        backend = psutil.Process(connection.info.backend_pid)
        return {"PostgreSQL": backend.ppid(), "Redis": int(redis.info("server")["process_id"])}


def _seconds(root: psutil.Process) -> float:
    seconds = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds
