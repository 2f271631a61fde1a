"""A store as a process: start it, adopt one that runs already, stop it."""

import enum
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import psutil

from local.accounts import Account
from local.errors import LocalError
from local.processes.liveness import children_of, is_alive, send, wait_until_gone
from local.processes.logs import rotate

START_LIMIT_SECONDS = 60.0
# A server that answers nothing for this long counts as stopped (SIGSTOP) or stuck.
SILENCE_LIMIT_SECONDS = 5.0
STOP_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.01
SERVER_PROGRAMS = ("postgres", "redis", "valkey")
# Servers outlive the object that started them. While this process lives it has to collect them
# when they end.
_started: dict[int, subprocess.Popen[bytes]] = {}


class Answer(enum.Enum):
    """The answer of a server to the question whether it is ready."""

    READY = enum.auto()
    BUSY = enum.auto()
    NONE = enum.auto()


class Server(ABC):
    """A server that keeps its data in one directory, which is also its working directory."""

    title: ClassVar[str]
    # In the order in which they are tried; SIGKILL follows.
    stop_signals: ClassVar[tuple[signal.Signals, ...]]

    def __init__(self, *, data: Path, log: Path, account: Account) -> None:
        self.data = data
        self.log = log
        self.account = account
        self._known: psutil.Process | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Make the data directory if it is missing; remove stale files of a crash."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def ask(self) -> Answer: ...

    @abstractmethod
    def recorded_pid(self) -> int | None:
        """Read the pid from the server's pid file. It may be stale."""

    def process(self) -> psutil.Process | None:
        """Find the running server; ignore a pid that another process has by now."""
        if self._known and is_alive(self._known):
            return self._known  # also when its pid file was deleted together with the home
        pid = self.recorded_pid()
        return None if pid is None else self._server_with(pid)

    def adopt(self) -> bool:
        """Use the server that an earlier process left, if it answers; otherwise end it.

        Return whether it is in use.
        """
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
        """Start the server without waiting until it is ready."""
        collect_ended()
        self.prepare()
        rotate(self.log)
        with self.log.open("ab") as log:
            started = subprocess.Popen(  # noqa: S603  a program that this package has found
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
                raise LocalError(message)
            if time.monotonic() > deadline:
                limit = f"{START_LIMIT_SECONDS:.0f} s"
                message = f"{self.title} did not answer within {limit}; read {self.log}"
                raise LocalError(message)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask the server to end, then kill it; return when it is gone."""
        if process := self.process():
            self._end(process)
        collect_ended()

    def _end(self, process: psutil.Process) -> None:
        family = [process, *children_of(process)]
        for number in self.stop_signals:
            send(process, number)
            send(process, signal.SIGCONT)  # a stopped process handles no other signal
            if wait_until_gone([process], STOP_LIMIT_SECONDS):
                return
        for member in family:
            send(member, signal.SIGKILL)
        if not wait_until_gone(family, STOP_LIMIT_SECONDS):
            message = f"{self.title} (pid {process.pid}) cannot be ended; read {self.log}"
            raise LocalError(message)

    def _server_with(self, pid: int) -> psutil.Process | None:
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
