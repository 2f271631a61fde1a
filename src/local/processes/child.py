"""One supervised process, in a session of its own together with everything it starts."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from local.errors import LocalError
from local.processes.liveness import members_of, wait_until_gone
from local.processes.logs import rotate
from local.processes.restart_limit import RestartLimit

KILL_LIMIT_SECONDS = 5.0


class Child:
    """A process that can be started again. Its output goes to its log."""

    def __init__(
        self, name: str, command: list[str], *, environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.log = log
        self.restart_limit = RestartLimit()
        self._process: subprocess.Popen[bytes] | None = None

    def process(self) -> psutil.Process | None:
        return psutil.Process(self._process.pid) if self._process else None

    def start(self) -> None:
        rotate(self.log)
        self.restart_limit.record_start()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  the service's own command
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Check without collecting it, so that its pid and process group cannot be reused yet."""
        if self._process is None:
            return True
        options = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def terminate(self) -> None:
        if self._process and not self.has_ended():
            self._process.send_signal(signal.SIGTERM)

    def clear(self) -> int | None:
        """Kill what remains of its process group, collect it, and return its exit status."""
        if self._process is None:
            return None
        members = list(members_of(self._process.pid))
        with suppress(ProcessLookupError, PermissionError):
            # macOS raises PermissionError for a group of which only the dead leader remains.
            os.killpg(self._process.pid, signal.SIGKILL)
        wait_until_gone(members, KILL_LIMIT_SECONDS)
        try:
            status = self._process.wait(KILL_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            message = f"{self.name} (pid {self._process.pid}) cannot be ended; read {self.log}"
            raise LocalError(message) from None
        self._process = None
        return status

    def last_line(self) -> str:
        """Return the end of its log, where a `payouts` command says in one line why it failed."""
        lines = self.log.read_text(errors="replace").splitlines()
        return lines[-1].removeprefix("payouts: ").rstrip(".") if lines else "it wrote nothing"
