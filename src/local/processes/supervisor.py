"""Keep child processes running, and end them."""

import time
from collections.abc import Callable, Sequence

from local.errors import LocalError
from local.processes.child import Child
from local.processes.restart_limit import RestartLimit

RESTART_PAUSE_SECONDS = 0.5
STOP_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.02


class Supervisor:
    """Starts children, restarts those that end, and ends them all. Events go to `report`."""

    def __init__(self, *, report: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._report = report
        self._restart_at: dict[Child, float] = {}

    def start(self, *children: Child) -> None:
        for child in children:
            self.children.append(child)
            child.start()

    def check(self) -> None:
        """Restart children that have ended. Raise LocalError for a child in a crash loop."""
        for child in self.children:
            if child not in self._restart_at:
                if child.has_ended():
                    self._handle_exit(child)
            elif time.monotonic() > self._restart_at[child]:
                del self._restart_at[child]
                child.start()

    def stop(self, *stages: Sequence[str], kill_requested: Callable[[], bool]) -> None:
        """End the children named in each stage, one stage after the other.

        Kill those that take longer than STOP_LIMIT_SECONDS, or all once `kill_requested`.
        """
        for names in stages:
            stage = [child for child in self.children if child.name in names]
            for child in stage:
                child.terminate()
            deadline = time.monotonic() + STOP_LIMIT_SECONDS
            while not all(child.has_ended() for child in stage):
                if kill_requested() or time.monotonic() > deadline:
                    break
                time.sleep(POLL_SECONDS)
            for child in stage:
                child.clear()

    def _handle_exit(self, child: Child) -> None:
        status = child.clear()
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended ({status})"
        if not child.restart_limit.allows_restart():
            message = f"{child.name} {how}, {RestartLimit.reason}: giving up; read {child.log}"
            raise LocalError(message)
        self._report(f"{child.name} {how}; starting it again (log: {child.log})")
        self._restart_at[child] = time.monotonic() + RESTART_PAUSE_SECONDS
