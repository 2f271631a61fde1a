"""Keeping children alive, and ending them."""

import time
from collections.abc import Callable, Sequence

from devstack.child import Child
from devstack.deaths import Deaths
from devstack.errors import DevstackError

RESTART_PAUSE_SECONDS = 0.5
STOP_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.02


class Supervisor:
    """Starts children, starts them again when they die, and ends them all.

    It tells what happens through `say`, and calls `changed` whenever it has started or ended one.
    """

    def __init__(self, *, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.children: list[Child] = []
        self._say = say
        self._changed = changed
        self._start_again_at: dict[Child, float] = {}

    def start(self, *children: Child) -> None:
        for child in children:
            self.children.append(child)
            child.start()
            self._changed()

    def check(self) -> None:
        """Notice deaths and start again; raise DevstackError for a child that keeps dying."""
        for child in self.children:
            if child in self._start_again_at:
                self._start_again(child)
            elif child.has_ended():
                self._bury(child)

    def stop(self, *stages: Sequence[str], hurried: Callable[[], bool]) -> None:
        """End the children, one stage of names after the other, killing what takes too long."""
        for names in stages:
            stage = [child for child in self.children if child.name in names]
            for child in stage:
                child.ask_to_end()
            deadline = time.monotonic() + STOP_LIMIT_SECONDS
            while not all(child.has_ended() for child in stage):
                if hurried() or time.monotonic() > deadline:
                    break
                time.sleep(POLL_SECONDS)
            for child in stage:
                child.clear()
        self._changed()

    def _bury(self, child: Child) -> None:
        status = child.clear()
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended ({status})"
        if child.deaths.one_more_is_too_many():
            raise DevstackError(f"{child.name} {how}, {Deaths.limit}; read {child.log}")
        self._say(f"{child.name} {how}; starting it again (log: {child.log})")
        self._start_again_at[child] = time.monotonic() + RESTART_PAUSE_SECONDS

    def _start_again(self, child: Child) -> None:
        if time.monotonic() < self._start_again_at[child]:
            return
        del self._start_again_at[child]
        child.start()
        self._changed()
