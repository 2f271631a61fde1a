"""What is measured, in processes of its own: the service by its public commands, and the floors."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

from devstack.child import Child

START_SECONDS = 60.0
STOP_SECONDS = 60.0
_PAYOUTS = str(Path(sys.executable).parent / "payouts")


@dataclass(frozen=True, slots=True)
class Shape:
    """The processes of a web server, and the threads in each."""

    workers: int
    threads: int


@contextmanager
def running(name: str, command: list[str], **environment: str) -> Iterator[Child]:
    """Run a process in its own group; what it prints goes to a log in the home."""
    log = home() / "logs" / f"{name}.log"
    child = Child(name, command, environment=os.environ | environment, log=log)
    child.start()
    try:
        yield child
    finally:
        child.ask_to_end()
        ends_at = monotonic() + STOP_SECONDS
        while not child.has_ended() and monotonic() < ends_at:
            sleep(0.05)
        child.clear()


def home() -> Path:
    return Path(os.environ["PAYOUTS_HOME"])


@dataclass(frozen=True, slots=True)
class Web:
    url: str
    process: Child


@contextmanager
def web(name: str = "web", **environment: str) -> Iterator[Web]:
    """Serve the API; give its address once it is ready."""
    port = free_port()
    command = [_PAYOUTS, "web", "--host", "127.0.0.1", "--port", str(port)]
    with running(name, command, **environment) as child:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/health/ready/"), f"{name} answers", child)
        yield Web(address, child)


@contextmanager
def floor(module: str, shape: Shape, **environment: str) -> Iterator[str]:
    """Serve a floor of HTTP; give its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floors.serve", module, "--port", str(port)]
    command += ["--workers", str(shape.workers), "--threads", str(shape.threads)]
    with running(f"floor-{module}", command, **environment) as child:
        wait_until(lambda: listens(port), f"the floor {module} answers", child)
        yield f"http://127.0.0.1:{port}"


def worker(**environment: str) -> AbstractContextManager[Child]:
    return running("worker", [_PAYOUTS, "worker"], **environment)


def beat(**environment: str) -> AbstractContextManager[Child]:
    return running("beat", [_PAYOUTS, "beat"], **environment)


def noop_worker() -> AbstractContextManager[Child]:
    """Run a Celery worker of one process without a pool, which does no-ops fastest."""
    options = ["--pool=solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery = [sys.executable, "-m", "celery", "-A", "benchmarks.floors.noop", "--quiet"]
    return running("noop-worker", [*celery, "worker", *options, "--loglevel=ERROR"])


def publish_noops(count: int) -> None:
    command = [sys.executable, "-m", "benchmarks.floors.noop", str(count)]
    subprocess.run(command, check=True, timeout=START_SECONDS)


@dataclass(frozen=True, slots=True)
class BankAddress:
    url: str

    def repeated(self) -> int:
        """Tell how many transfers it was sent a second time."""
        with urlopen(f"{self.url}/count", timeout=5) as answer:  # noqa: S310
            return int(json.loads(answer.read())["repeated"])


@contextmanager
def bank(*, delay_seconds: float) -> Iterator[BankAddress]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bank", "--port", str(port)]
    with running("bank", [*command, "--delay", str(delay_seconds)]) as child:
        wait_until(lambda: listens(port), "the bank answers", child)
        yield BankAddress(f"http://127.0.0.1:{port}")


def payouts_command(*arguments: str, **environment: str) -> str:
    """Run a `payouts` command to its end; return what it printed."""
    ended = subprocess.run(
        [_PAYOUTS, *arguments],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=START_SECONDS,
    )
    return ended.stdout.strip()


def wait_until(
    condition: Callable[[], bool], what: str, child: Child, seconds: float = START_SECONDS
) -> None:
    ends_at = monotonic() + seconds
    while not condition():
        if child.has_ended() or monotonic() > ends_at:
            tail = child.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"not within {seconds:.0f} s: {what}\n{tail}")
        sleep(0.05)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  an address of our own
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
