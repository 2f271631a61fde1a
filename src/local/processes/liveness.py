"""Find out whether processes are alive, and end processes that may not be our children."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

POLL_SECONDS = 0.01


def is_alive(process: psutil.Process) -> bool:
    """Return whether it runs. A zombie, which its parent has not collected yet, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def members_of(group: int) -> Iterator[psutil.Process]:
    """Yield the living processes of a process group, whether or not its leader is alive."""
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == group and is_alive(process):
                yield process


def children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal unless the process is gone. psutil checks that its pid was not reused."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def wait_until_gone(processes: Sequence[psutil.Process], limit_seconds: float) -> bool:
    deadline = time.monotonic() + limit_seconds
    while any(is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
