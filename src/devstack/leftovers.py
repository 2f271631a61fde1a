"""What a killed run left behind: known by pid, time of creation and environment."""

import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from devstack.directories import write_private
from devstack.errors import DevstackError
from devstack.liveness import POLL_SECONDS, is_alive, members_of, send

KILL_LIMIT_SECONDS = 5.0
# The time of creation moves a little when the machine's clock is set.
SAME_TIME_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process by its pid and, as pids are used again, the time it was created."""

    name: str
    pid: int
    created_at: float

    def find(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_at) < SAME_TIME_SECONDS
        except psutil.NoSuchProcess:
            return None
        return process if same and is_alive(process) else None

    def is_reused(self) -> bool:
        """Tell whether the pid is by now that of another process."""
        try:
            created_at = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return False
        return abs(created_at - self.created_at) >= SAME_TIME_SECONDS


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Who runs the service in a home, where its bank is, and what it has started."""

    supervisor: ProcessRecord
    bank_url: str
    children: tuple[ProcessRecord, ...] = ()

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "RunRecord | None":
        """Return what was written last; a damaged record is as good as none."""
        try:
            data = json.loads(path.read_text())
            return cls(
                supervisor=ProcessRecord(**data["supervisor"]),
                bank_url=data["bank_url"],
                children=tuple(ProcessRecord(**child) for child in data["children"]),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


def own_record(name: str) -> ProcessRecord:
    return ProcessRecord(name, os.getpid(), psutil.Process().create_time())


def kill_leftovers(leaders: Iterable[ProcessRecord], *, marker: tuple[str, str]) -> int:
    """Kill the process groups that these led; return how many processes that were.

    When a leader is dead, its group is known by the marker, a variable of the environment: the
    group's number could be a stranger's by now.
    """
    leaders = tuple(leaders)
    killed: set[int] = set()
    deadline = time.monotonic() + KILL_LIMIT_SECONDS
    while members := list(_members(leaders, marker)):
        for process in members:
            send(process, signal.SIGKILL)
        killed.update(process.pid for process in members)
        if time.monotonic() > deadline:
            pids = ", ".join(str(process.pid) for process in members)
            message = f"processes of an earlier run cannot be ended: {pids}"
            raise DevstackError(message)
        time.sleep(POLL_SECONDS)
    return len(killed)


def _members(
    leaders: tuple[ProcessRecord, ...], marker: tuple[str, str]
) -> Iterator[psutil.Process]:
    alive = {record.pid for record in leaders if record.find()}
    dead = {record.pid for record in leaders if not record.find() and not record.is_reused()}
    yield from members_of(alive)
    for process in members_of(dead):
        if _is_marked(process, marker):
            yield process


def _is_marked(process: psutil.Process, marker: tuple[str, str]) -> bool:
    name, value = marker
    try:
        return process.environ().get(name) == value
    except psutil.Error:
        return False
