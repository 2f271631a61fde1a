"""The services that are measured: the public commands, the floors, and a bank."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.processes import PAYOUTS, START_SECONDS, Running, free_port, listens, running


@dataclass(frozen=True, slots=True)
class Web:
    url: str
    process: Running


def web(name: str = "web", **environment: str) -> AbstractContextManager[Web]:
    """Run `payouts web`; yield its address once it is ready."""
    return _serving(name, [PAYOUTS, "web"], **environment)


def drf_hello_web(**environment: str) -> AbstractContextManager[Web]:
    """Run `payouts web` with a constant view beside the service's own."""
    return _serving(
        "drf-hello", [sys.executable, "-m", "benchmarks.floors.drf_hello_web"], **environment
    )


@contextmanager
def _serving(name: str, command: list[str], **environment: str) -> Iterator[Web]:
    port = free_port()
    address_options = ["--host", "127.0.0.1", "--port", str(port)]
    with running(name, [*command, *address_options], **environment) as process:
        address = f"http://127.0.0.1:{port}"
        process.wait_until(lambda: _answers(f"{address}/health/ready/"), "ready")
        yield Web(address, process)


@contextmanager
def floor(module: str, *, workers: int, threads: int, **environment: str) -> Iterator[str]:
    """Serve a floor by granian alone; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floors.serve", module, "--port", str(port)]
    command += ["--workers", str(workers), "--threads", str(threads)]
    with running(module, command, **environment) as process:
        process.wait_until(lambda: listens(port), "listening")
        yield f"http://127.0.0.1:{port}"


def worker(*options: str, **environment: str) -> AbstractContextManager[Running]:
    return running("worker", [PAYOUTS, "worker", *options], **environment)


def beat(**environment: str) -> AbstractContextManager[Running]:
    return running("beat", [PAYOUTS, "beat"], **environment)


def noop_worker() -> AbstractContextManager[Running]:
    """Run a Celery worker with the pool `solo`, which runs no-op tasks fastest."""
    options = ["--pool=solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery = [sys.executable, "-m", "celery", "-A", "benchmarks.floors.noop_tasks", "--quiet"]
    return running("noop-worker", [*celery, "worker", *options, "--loglevel=ERROR"])


def publish_noops(count: int) -> None:
    command = [sys.executable, "-m", "benchmarks.floors.noop_tasks", str(count)]
    subprocess.run(command, check=True, timeout=START_SECONDS)


@dataclass(frozen=True, slots=True)
class BankServer:
    url: str

    def repeated(self) -> int:
        """Return how many transfers it received more than once."""
        with urlopen(f"{self.url}/count", timeout=5) as answer:  # noqa: S310
            return int(json.loads(answer.read())["repeated"])


@contextmanager
def bank(*, delay_seconds: float) -> Iterator[BankServer]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bank", "--port", str(port)]
    with running("bank", [*command, "--delay", str(delay_seconds)]) as process:
        process.wait_until(lambda: listens(port), "listening")
        yield BankServer(f"http://127.0.0.1:{port}")


@dataclass(frozen=True, slots=True)
class ReceiverServer:
    url: str

    def messages(self) -> int:
        """Return how many messages it has answered."""
        return self._counts()["messages"]

    def repeated(self) -> int:
        """Return how many messages came to the same URL a second time."""
        return self._counts()["repeated"]

    def _counts(self) -> dict[str, int]:
        with urlopen(f"{self.url}/count", timeout=5) as answer:  # noqa: S310
            return dict(json.loads(answer.read()))


@contextmanager
def receiver() -> Iterator[ReceiverServer]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.receiver", "--port", str(port)]
    with running("receiver", command) as process:
        process.wait_until(lambda: listens(port), "listening")
        yield ReceiverServer(f"http://127.0.0.1:{port}")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  an address of our own
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
