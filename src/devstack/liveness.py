"""Whether processes live, and how to end those that are nobody's children."""

import os
import signal
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

import psutil

POLL_SECONDS = 0.01


def is_alive(process: psutil.Process) -> bool:
    """Tell whether it runs; a zombie that its parent has not collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def members_of(groups: Collection[int]) -> Iterator[psutil.Process]:
    """Find the processes of these process groups, also of those whose leader is dead."""
    for process in psutil.process_iter() if groups else ():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) in groups and is_alive(process):
                yield process


def children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Signal it unless it is gone; psutil makes sure that its pid is not somebody else's by now."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def wait_until_gone(processes: Sequence[psutil.Process], limit_seconds: float) -> bool:
    deadline = time.monotonic() + limit_seconds
    while any(is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
