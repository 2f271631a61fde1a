"""Processes that run for the length of a block."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psutil

START_SECONDS = 60.0
STOP_SECONDS = 60.0
PAYOUTS = str(Path(sys.executable).parent / "payouts")


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


def payouts_command(*arguments: str, **environment: str) -> str:
    """Run a `payouts` command to its end; return its standard output."""
    ended = subprocess.run(
        [PAYOUTS, *arguments],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=START_SECONDS,
    )
    return ended.stdout.strip()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
