"""The service under test: its processes, restarted when they end, and the proxies around it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, RLock
from time import monotonic, sleep, time
from typing import Any
from urllib.request import urlopen

import psutil

from chaos.embedded import Child, Stores
from chaos.event_loop import EventLoopThread
from chaos.proxy import TcpProxy

WORKERS = ("worker-1", "worker-2")
START_LIMIT_SECONDS = 40
STOP_LIMIT_SECONDS = 30
# About how long a worker or beat takes from its start to its first task.
STARTUP_SECONDS = 2
_CHECK_INTERVAL_SECONDS = 0.2


@dataclass
class Stack:
    """All processes of a run. A child that ends is restarted, unless it is kept stopped."""

    home: Path
    stores: Stores
    event_loop: EventLoopThread
    proxies: dict[str, TcpProxy]
    environment: dict[str, str]
    children: dict[str, Child] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    _kept_stopped: set[str] = field(default_factory=set)
    _ended: Event = field(default_factory=Event)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def bank_url(self) -> str:
        """The bank's own address, which no network fault affects."""
        return self.environment["CHAOS_BANK_URL"]

    def find_process(self, name: str) -> psutil.Process | None:
        with self.lock:
            return self.children[name].process()

    def is_at_work(self, name: str, process: psutil.Process) -> bool:
        """Return whether the process has had time to start; the web server must also answer."""
        is_started = time() - process.create_time() > STARTUP_SECONDS
        return is_started and (name != "web" or answers(f"{self.web_url}/health/live/"))

    def log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def add(self, name: str, command: list[str], **environment: str) -> None:
        child = Child(name, command, environment=self.environment | environment, log=self.log(name))
        with self.lock:
            child.start()
            self.children[name] = child

    def remove(self, name: str) -> None:
        with self.lock:
            self.children.pop(name).clear()

    @contextmanager
    def kept_stopped(self, name: str) -> Iterator[None]:
        """Kill a child, and do not restart it before the end of the block."""
        with self.lock:
            self._kept_stopped.add(name)
            self.children[name].clear()
        try:
            yield
        finally:
            self._kept_stopped.discard(name)

    def restart_ended_children(self) -> None:
        """Run until `stop` is called."""
        while not self._ended.wait(_CHECK_INTERVAL_SECONDS):
            with self.lock:
                for name, child in self.children.items():
                    if name not in self._kept_stopped and child.has_ended():
                        child.clear()
                        child.start()

    def stop(self) -> None:
        self._ended.set()
        with self.lock:
            for child in self.children.values():
                child.terminate()
            ends_at = monotonic() + STOP_LIMIT_SECONDS
            for child in self.children.values():
                while not child.has_ended() and monotonic() < ends_at:
                    sleep(0.05)
                child.clear()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until(condition: Callable[[], Any], limit_seconds: float, complaint: str) -> None:
    """Raise TimeoutError with the complaint unless the condition holds in time."""
    ends_at = monotonic() + limit_seconds
    while not condition():
        if monotonic() > ends_at:
            raise TimeoutError(f"{complaint} within {limit_seconds:.0f} s")
        sleep(0.1)
