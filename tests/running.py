"""Processes, started for the tests and ended by their ids."""

import os
import secrets
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from time import monotonic, sleep
from typing import Any, Self

import httpx

# No test uses TLS, and creating a TLS context takes longer than many tests.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def eventually[Value](ask: Callable[[], Value], *, within_seconds: float = 20) -> Value:
    """Repeat the call until its result is truthy; fail with the last result."""
    ends_at = monotonic() + within_seconds
    while not (answer := ask()):
        if monotonic() > ends_at:
            raise AssertionError(f"not within {within_seconds} s; last answer: {answer!r}")
        sleep(0.02)
    return answer


def simultaneously[Value](calls: Sequence[Callable[[], Value]]) -> list[Value]:
    """Make all calls at the same time, each in its own thread; return their results."""
    barrier = Barrier(len(calls))

    def make(call: Callable[[], Value]) -> Value:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(make, calls))


def free_port() -> int:
    """Find a port that no outgoing connection gets, even while its server is down for a test."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def http_client(*, timeout_seconds: float = 15, **options: Any) -> httpx.Client:
    return httpx.Client(verify=_NO_TLS, timeout=timeout_seconds, **options)


def answers(url: str) -> bool:
    with http_client(timeout_seconds=2) as client:
        try:
            return client.get(url).status_code == 200
        except httpx.HTTPError:
            return False


@dataclass
class Process:
    """A child in a process group of its own, so that its own children end with it."""

    child: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, arguments: list[str], *, log: Path, environment: dict[str, str]) -> Self:
        with log.open("ab") as output:
            child = subprocess.Popen(
                arguments,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        return cls(child, log)

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.child.pid, number)

    def stop(self, *, within_seconds: float = 20) -> None:
        if self.child.poll() is None:
            os.kill(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        self.child.wait(10)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze it; its connections stay open."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)
