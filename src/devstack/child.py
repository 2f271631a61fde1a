"""One supervised process, in a session of its own together with whatever it starts."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from devstack.deaths import Deaths
from devstack.leftovers import ProcessRecord
from devstack.liveness import members_of, wait_until_gone
from devstack.logs import rotate

KILL_LIMIT_SECONDS = 5.0


class Child:
    """A process that can be started again and again.

    What it prints goes to its log; with `captures`, its standard output (a few kilobytes at most)
    is in `output` when it has ended.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        captures: bool = False,
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.log = log
        self.captures = captures
        self.output = ""
        self.deaths = Deaths()
        self._process: subprocess.Popen[bytes] | None = None

    def record(self) -> ProcessRecord | None:
        if self._process is None:
            return None
        created_at = psutil.Process(self._process.pid).create_time()
        return ProcessRecord(self.name, self._process.pid, created_at)

    def start(self) -> None:
        rotate(self.log)
        self.deaths.note_start()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  a command of our own
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.captures else log,
                stderr=log,
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Look without collecting it: until then nobody else can get its pid, or its group's."""
        if self._process is None:
            return True
        options = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def ask_to_end(self) -> None:
        if self._process and not self.has_ended():
            self._process.send_signal(signal.SIGTERM)

    def clear(self) -> int | None:
        """Kill what is left of its group, collect it, and return how it ended."""
        if self._process is None:
            return None
        members = list(members_of({self._process.pid}))
        with suppress(ProcessLookupError, PermissionError):
            # macOS answers PermissionError for a group of which only the dead leader is left.
            os.killpg(self._process.pid, signal.SIGKILL)
        wait_until_gone(members, KILL_LIMIT_SECONDS)
        output, _ = self._process.communicate()
        self.output = (output or b"").decode()
        status = self._process.returncode
        self._process = None
        return status
