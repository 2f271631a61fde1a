"""`payouts up`: the whole service on one machine, in the foreground."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devstack.directories import prepare_home
from devstack.errors import DevstackError
from devstack.leftovers import RunRecord, kill_leftovers
from devstack.locks import FileLock
from devstack.signals import Interruptions
from payouts.entrypoints.cli.environment import RUN_RECORD, home_directory, local_service

if TYPE_CHECKING:
    from payouts.entrypoints.cli.screen import Screen

PORTS = click.IntRange(1, 65535)
# A killed process with several threads keeps its sockets a moment longer than its name.
PORT_RELEASE_SECONDS = 3.0


@click.command()
@click.option("--port", envvar="PORT", type=PORTS, default=8000, show_default=True)
@click.option("--demo", is_flag=True, help="Add people to pay and users, and follow one payout.")
def up(port: int, *, demo: bool) -> None:
    """Run the whole service on this machine.

    Ctrl-C ends it; the data stays.
    """
    from payouts.entrypoints.cli.screen import Screen
    from payouts.entrypoints.cli.service import Service

    host = os.environ.get("HOST") or "127.0.0.1"
    home = prepare_home(home_directory(os.environ))
    screen, interruptions = Screen(), Interruptions()
    with interruptions.counted(), _only_run(home):
        killed = _end_earlier_run(home, screen)
        _require_free(host, port, patience_seconds=PORT_RELEASE_SECONDS if killed else 0)
        screen.note("Starting ...")
        with local_service(os.environ) as local:
            Service(local, host, port, screen, interruptions).run(with_demo=demo)
        screen.note("Stopped.")


@contextmanager
def _only_run(home: Path) -> Iterator[None]:
    """Refuse to be the second one in this home."""
    lock = FileLock(home / "up.lock")
    try:
        if not lock.try_exclusive():
            record = RunRecord.read(home / RUN_RECORD)
            pid = f" (pid {record.supervisor.pid})" if record else ""
            raise DevstackError(f"the service runs already in {home}{pid}")
        yield
    finally:
        lock.close()


def _end_earlier_run(home: Path, screen: "Screen") -> int:
    """Kill what a run that was itself killed could not end; it holds the port, for one."""
    record = RunRecord.read(home / RUN_RECORD)
    if record is None:
        return 0
    killed = kill_leftovers(record.children, marker=("PAYOUTS_HOME", str(home)))
    if killed:
        screen.note(f"Ended {killed} processes of an earlier run that was killed.")
    return killed


def _require_free(host: str, port: int, *, patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    while error := _obstacle(host, port):
        if time.monotonic() > deadline:
            message = f"port {port} of {host} cannot be used: {error.strerror}; try --port"
            raise DevstackError(message)
        time.sleep(0.02)


def _obstacle(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
