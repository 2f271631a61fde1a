import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.running import eventually

from local.processes.liveness import is_alive
from local.processes.orphans import MARKER, kill_orphans

HOME = Path("/somewhere")
SLEEP = "import time; time.sleep(60)"
# Prints the pid of its child.
PARENT = (
    "import subprocess, sys, time\n"
    f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True)\n"
    "time.sleep(60)"
)


class Family:
    """A process and its child, in a session of their own, marked with a home."""

    def __init__(self, home: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PARENT],
            env=os.environ | {MARKER: home},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.parent = psutil.Process(self._process.pid)
        self.child = psutil.Process(int(self._process.stdout.readline()))
        # A program that was loaded just now shows no environment yet.
        eventually(self.child.environ)

    def kill_parent(self) -> None:
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        if is_alive(self.child):
            self.child.kill()
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family(str(HOME))
    yield family
    family.end()


@pytest.fixture
def strangers() -> Iterator[Family]:
    family = Family("/elsewhere")
    yield family
    family.end()


class TestKillOrphans:
    def test_kills_the_processes_of_the_home_and_their_children(self, family: Family) -> None:
        assert kill_orphans(HOME) == 2

        assert not is_alive(family.parent)
        assert not is_alive(family.child)

    def test_kills_a_process_whose_parent_is_dead(self, family: Family) -> None:
        family.kill_parent()

        assert kill_orphans(HOME) == 1

        assert not is_alive(family.child)

    def test_spares_processes_of_other_homes(self, strangers: Family) -> None:
        assert kill_orphans(HOME) == 0

        assert is_alive(strangers.parent)
        assert is_alive(strangers.child)
