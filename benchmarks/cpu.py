"""CPU time by part of the service: web, worker, PostgreSQL, Redis."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import psutil
import psycopg

from benchmarks.processes import Running
from benchmarks.servers import redis_connection

type Seconds = Mapping[str, float]
_LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}


class Cpu:
    """Reads the CPU seconds of named process trees, including those of ended children."""

    def __init__(self, roots: Mapping[str, psutil.Process]) -> None:
        self._roots = roots

    @classmethod
    def of(cls, **running: Running) -> "Cpu":
        """Watch these processes, and PostgreSQL and Redis if they run on this machine."""
        roots = {name: psutil.Process(each.pid) for name, each in running.items()}
        return cls({**roots, **_server_processes()})

    @contextmanager
    def measured(self) -> Iterator[dict[str, float]]:
        """Yield a dict; when the block ends, it holds the seconds spent in the block."""
        spent: dict[str, float] = {}
        before = self._read()
        yield spent
        spent.update({name: seconds - before[name] for name, seconds in self._read().items()})

    def _read(self) -> Seconds:
        return {name: _seconds(root) for name, root in self._roots.items()}


def milliseconds_each(spent: Seconds, count: int) -> Seconds:
    return {name: seconds * 1000 / max(count, 1) for name, seconds in spent.items()}


def _server_processes() -> Mapping[str, psutil.Process]:
    found: dict[str, psutil.Process | None] = {}
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        info = connection.info
        backend = find_process(info.backend_pid, "postgres", host=info.host)
        found["PostgreSQL"] = backend and backend.parent()
    with redis_connection() as redis:
        pid, host = redis.info("server")["process_id"], urlsplit(os.environ["REDIS_URL"]).hostname
        found["Redis"] = find_process(pid, "redis", "valkey", host=host or "")
    return {name: process for name, process in found.items() if process}


def find_process(pid: int, *names: str, host: str) -> psutil.Process | None:
    """Return the process that a server says it is, or None if we cannot read it.

    A server on another machine or in a container reports a pid that means nothing here.
    """
    if not host.startswith("/") and host not in _LOCAL_HOSTS:
        return None
    try:
        process = psutil.Process(pid)
        process.cpu_times()
        return process if process.name().startswith(names) else None
    except psutil.Error:
        return None


def _seconds(root: psutil.Process) -> float:
    seconds = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds
