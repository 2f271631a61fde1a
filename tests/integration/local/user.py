"""A process that uses the stores of a home until the test ends it."""

import signal
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Self

_PROGRAM = """
import sys, pathlib
from local.stores import running_stores
with running_stores(pathlib.Path(sys.argv[1])) as stores:
    print(stores.postgres.process().pid, stores.redis.process().pid, flush=True)
    sys.stdin.readline()
"""


class User:
    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def pids(self) -> list[int]:
        """Wait until it uses the stores; return the pids of PostgreSQL and Redis."""
        assert self._process.stdout is not None
        return [int(pid) for pid in self._process.stdout.readline().split()]

    def leave(self) -> None:
        self._process.communicate("\n", timeout=30)
        assert self._process.returncode == 0

    def be_killed(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        if self._process.poll() is None:
            self.leave()
