"""One store as a process: found again, started, adopted, stopped."""

import enum
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import psutil

from devstack.accounts import Account
from devstack.errors import DevstackError
from devstack.liveness import children_of, is_alive, send, wait_until_gone
from devstack.logs import rotate

START_LIMIT_SECONDS = 60.0
# How long a server may be silent before it counts as frozen.
SILENCE_LIMIT_SECONDS = 5.0
STOP_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.01
SERVER_PROGRAMS = ("postgres", "redis", "valkey")
# A server may outlive the object that started it, and this process too; while this process lives,
# it has to collect what it started.
_started: dict[int, subprocess.Popen[bytes]] = {}


class Answer(enum.Enum):
    """What a server says when it is asked whether it serves."""

    READY = enum.auto()
    BUSY = enum.auto()
    NONE = enum.auto()


class Server(ABC):
    """A server that keeps its data in one directory, which is also its working directory."""

    title: ClassVar[str]
    # Each asks more firmly than the one before; SIGKILL follows by itself.
    stop_signals: ClassVar[tuple[signal.Signals, ...]]

    def __init__(self, *, data: Path, log: Path, account: Account) -> None:
        self.data = data
        self.log = log
        self.account = account
        self._known: psutil.Process | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Make the data directory if it is new; clear away what a crash left."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def ask(self) -> Answer: ...

    @abstractmethod
    def recorded_pid(self) -> int | None:
        """Read the pid that the server wrote down; it may be stale."""

    def process(self) -> psutil.Process | None:
        """Find the running server; a pid that now belongs to something else is not it."""
        if self._known and is_alive(self._known):
            return self._known  # also if its pid file was deleted, together with the home
        pid = self.recorded_pid()
        return None if pid is None else self._ours(pid)

    def adopt(self) -> bool:
        """Tell whether a server left by somebody else can be used; if not, make sure it is gone."""
        process = self.process()
        if process is None:
            return False
        started = time.monotonic()
        while is_alive(process):
            answer = self.ask()
            if answer is Answer.READY:
                self._known = process
                return True
            limit = START_LIMIT_SECONDS if answer is Answer.BUSY else SILENCE_LIMIT_SECONDS
            if time.monotonic() - started > limit:
                break
            time.sleep(POLL_SECONDS)
        self.stop()
        return False

    def launch(self) -> psutil.Process:
        """Start the server, not waiting for it to be ready."""
        collect_ended()
        self.prepare()
        rotate(self.log)
        with self.log.open("ab") as log:
            started = subprocess.Popen(  # noqa: S603  the programs are those that we found
                self.command(),
                cwd=self.data,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                start_new_session=True,
                **self.account.popen_options(),
            )
        _started[started.pid] = started
        self._known = psutil.Process(started.pid)
        return self._known

    def wait_until_ready(self, process: psutil.Process) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while self.ask() is not Answer.READY:
            if not is_alive(process):
                message = f"{self.title} ended while it was starting; read {self.log}"
                raise DevstackError(message)
            if time.monotonic() > deadline:
                limit = f"{START_LIMIT_SECONDS:.0f} s"
                message = f"{self.title} did not answer within {limit}; read {self.log}"
                raise DevstackError(message)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End the server gently, then firmly; return when it is gone."""
        if process := self.process():
            self._end(process)
        collect_ended()

    def _end(self, process: psutil.Process) -> None:
        family = [process, *children_of(process)]
        for number in self.stop_signals:
            send(process, number)
            send(process, signal.SIGCONT)  # a frozen process hears nothing else
            if wait_until_gone([process], STOP_LIMIT_SECONDS):
                return
        for member in family:
            send(member, signal.SIGKILL)
        if not wait_until_gone(family, STOP_LIMIT_SECONDS):
            message = f"{self.title} (pid {process.pid}) cannot be ended; read {self.log}"
            raise DevstackError(message)

    def _ours(self, pid: int) -> psutil.Process | None:
        try:
            process = psutil.Process(pid)
            named = process.name().startswith(SERVER_PROGRAMS)
            ours = named and Path(process.cwd()) == self.data.resolve()
        except psutil.Error:
            return None
        return process if ours and is_alive(process) else None


def collect_ended() -> None:
    for pid, child in list(_started.items()):
        if child.poll() is not None:
            del _started[pid]
