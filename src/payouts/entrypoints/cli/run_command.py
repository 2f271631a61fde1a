"""`payouts exec`: any command, with the stores up."""

import os
import signal
import subprocess
import sys

import click

from devstack.signals import ENDING_SIGNALS, Forwarding
from payouts.entrypoints.cli.environment import local_environment


@click.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run_command(command: tuple[str, ...]) -> int:
    """Run COMMAND with the stores up and the environment set.

    The exit code is that of COMMAND.
    """
    with local_environment(whole=True) as environment:
        forwarding = Forwarding(*_signals_to_forward())
        with forwarding.active():
            process = _start(command, environment)
            forwarding.to(process)
            status = process.wait()
    return status if status >= 0 else 128 - status


def _start(command: tuple[str, ...], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=environment)  # noqa: S603  it is their command
    except OSError as error:
        raise click.ClickException(f"{command[0]}: {error.strerror}") from error


def _signals_to_forward() -> list[signal.Signals]:
    """Leave out Ctrl-C at a terminal, which reaches the command without us."""
    in_front = sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    return [each for each in ENDING_SIGNALS if not (in_front and each is signal.SIGINT)]
