"""A `payouts up`, as a user at a terminal has it."""

import re
import signal
import subprocess
from pathlib import Path
from typing import Self

import psutil
from tests import command
from tests.command import COMMAND
from tests.running import eventually, free_port


class Up:
    """A `payouts up`; what it prints is in `screen`."""

    def __init__(self, home: Path, *options: str, **given: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = home.parent / f"screen-{self.port}"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [COMMAND, "up", "--port", str(self.port), *options],
                env=command.environment({"PAYOUTS_HOME": str(home), **given}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def screen(self) -> str:
        return self._output.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the pattern is on screen; fail if the process ends or the time is up."""

        def look() -> re.Match[str] | None:
            ended = self.process.poll() is not None
            match = re.search(pattern, self.screen, re.MULTILINE)
            assert match or not ended, self.screen
            return match

        match = eventually(look, within_seconds=60)
        assert match is not None
        return match

    def family(self) -> list[psutil.Process]:
        """Return all of its descendants."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, name: str) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        [child] = [each for each in children if name in each.cmdline()]
        return child

    def accounts(self) -> list[str]:
        return re.findall(
            r"^  (?:\w+'s token|console login|the same password) .*$", self.screen, re.MULTILINE
        )

    @property
    def bank(self) -> str:
        return self.wait_for(r"Bank +http://([\d.:]+)/").group(1)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        if self.process.poll() is None:
            self.end()
