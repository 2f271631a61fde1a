"""`payouts exec`: run a command with the stores up."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from local.environment import home_directory, local_service
from local.errors import LocalError
from local.processes.signals import (
    ENDING_SIGNALS,
    deferred_signals,
    handled_by,
    raising_signals,
)


def run_command(command: tuple[str, ...]) -> int:
    """Return the exit code of the command; 128 + N when signal N has ended it."""
    with (
        raising_signals(signal.SIGTERM, signal.SIGHUP),
        local_service(home_directory(os.environ), os.environ) as service,
    ):
        status = _run(command, service.environment)
    return status if status >= 0 else 128 - status


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """Run it to its end and forward ending signals to it."""
    started: list[subprocess.Popen[bytes]] = []
    forwarded = _signals_to_forward()

    def forward(number: int) -> None:
        for process in started:
            if number in forwarded:
                process.send_signal(number)

    with handled_by(forward, *ENDING_SIGNALS):
        with deferred_signals():  # a signal must not arrive before the process is known
            started.append(_start(command, environment))
        return started[0].wait()


def _start(command: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=environment)  # noqa: S603  the user's command
    except OSError as error:
        raise LocalError(f"{command[0]}: {error.strerror}") from error


def _signals_to_forward() -> set[int]:
    """Leave out Ctrl-C at a terminal: the terminal sends it to the command too."""
    in_foreground = sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    return {number for number in ENDING_SIGNALS if not (in_foreground and number == signal.SIGINT)}
