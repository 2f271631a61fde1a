"""The processes that are measured: the service by its public commands, floors, and a bank."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import psutil

START_SECONDS = 60.0
STOP_SECONDS = 60.0
_PAYOUTS = str(Path(sys.executable).parent / "payouts")
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Running:
    """A process that was started. What it prints goes to `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until(
        self, condition: Callable[[], bool], what: str, seconds: float = START_SECONDS
    ) -> None:
        ends_at = monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or monotonic() > ends_at:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name}: not within {seconds:.0f} s: {what}\n{tail}")
            sleep(0.05)


@contextmanager
def running(name: str, command: list[str], **environment: str) -> Iterator[Running]:
    """Run a process for the length of the block, and end whatever it has started."""
    log = home() / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Running(name, process, log)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    children: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.kill()
    process.wait()


def home() -> Path:
    return Path(os.environ["PAYOUTS_HOME"])


@dataclass(frozen=True, slots=True)
class Web:
    url: str
    process: Running


@contextmanager
def web(name: str = "web", **environment: str) -> Iterator[Web]:
    """Run `payouts web`; yield its address once it is ready."""
    port = free_port()
    command = [_PAYOUTS, "web", "--host", "127.0.0.1", "--port", str(port)]
    with running(name, command, **environment) as process:
        address = f"http://127.0.0.1:{port}"
        process.wait_until(lambda: answers(f"{address}/health/ready/"), "ready")
        yield Web(address, process)


def drf_hello_web(**environment: str) -> AbstractContextManager[Web]:
    """Run `payouts web` with the settings that put a constant view beside the service's own."""
    settings = "benchmarks.floors.drf_hello_settings"
    return web("drf-hello", DJANGO_SETTINGS_MODULE=settings, PYTHONPATH=str(_ROOT), **environment)


@contextmanager
def floor(module: str, *, workers: int, threads: int, **environment: str) -> Iterator[str]:
    """Serve a floor by granian alone; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floors.serve", module, "--port", str(port)]
    command += ["--workers", str(workers), "--threads", str(threads)]
    with running(module, command, **environment) as process:
        process.wait_until(lambda: listens(port), "listening")
        yield f"http://127.0.0.1:{port}"


def worker(**environment: str) -> AbstractContextManager[Running]:
    return running("worker", [_PAYOUTS, "worker"], **environment)


def beat(**environment: str) -> AbstractContextManager[Running]:
    return running("beat", [_PAYOUTS, "beat"], **environment)


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


def payouts_command(*arguments: str, **environment: str) -> str:
    """Run a `payouts` command to its end; return its standard output."""
    ended = subprocess.run(
        [_PAYOUTS, *arguments],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=START_SECONDS,
    )
    return ended.stdout.strip()


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
