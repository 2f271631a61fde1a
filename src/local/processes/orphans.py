"""Processes of an earlier run whose supervisor was killed.

Each supervised process, and all that it starts, has MARKER in its environment.
"""

import signal
from pathlib import Path

import psutil

from local.errors import LocalError
from local.processes.liveness import is_alive, send, wait_until_gone

MARKER = "PAYOUTS_SUPERVISED_HOME"
KILL_LIMIT_SECONDS = 5.0
MAX_PASSES = 20


def kill_orphans(home: Path) -> int:
    """Kill all processes marked with this home; return their number.

    Call it while no supervisor runs in the home. Raise LocalError if processes survive.
    """
    killed: set[int] = set()
    for _ in range(MAX_PASSES):
        # Again, because a process may have forked after the previous pass had listed it.
        orphans = _orphans(home)
        if not orphans:
            return len(killed)
        for process in orphans:
            send(process, signal.SIGKILL)
        if not wait_until_gone(orphans, KILL_LIMIT_SECONDS):
            break
        killed.update(process.pid for process in orphans)
    pids = ", ".join(str(process.pid) for process in _orphans(home))
    raise LocalError(f"processes of an earlier run cannot be ended: {pids}")


def _orphans(home: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _is_marked(process, str(home))]


def _is_marked(process: psutil.Process, home: str) -> bool:
    try:
        return is_alive(process) and process.environ().get(MARKER) == home
    except psutil.Error:  # another user's process, or it has just ended
        return False
