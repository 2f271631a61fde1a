"""`payouts up`: the whole service on one machine, in the foreground."""

import os
from pathlib import Path

from local.directories import prepare_home
from local.environment import home_directory, local_service
from local.listen_address import free_address
from local.processes.orphans import kill_orphans
from local.processes.signals import Interruptions
from local.run_record import only_run
from local.screen import Screen
from local.service import Service
from local.settings_check import check_settings

# The kernel releases the sockets of a killed process some time after its end.
PORT_RELEASE_SECONDS = 3.0


def run(*, port: int, with_demo: bool) -> None:
    check_settings(os.environ)
    host = os.environ.get("HOST") or "127.0.0.1"
    home = prepare_home(home_directory(os.environ))
    screen, interruptions = Screen(), Interruptions()
    with interruptions.counted(), only_run(home):
        killed = _end_earlier_run(home, screen)
        address = free_address(host, port, limit_seconds=PORT_RELEASE_SECONDS if killed else 0)
        screen.message("Starting ...")
        with local_service(home, os.environ) as local:
            Service(local, address, screen, interruptions).run(with_demo=with_demo)
        screen.message("Stopped.")


def _end_earlier_run(home: Path, screen: Screen) -> int:
    """Kill the processes of a run whose supervisor was killed. They hold the port, for example."""
    killed = kill_orphans(home)
    if killed:
        screen.message(f"Ended {killed} processes of an earlier run that was killed.")
    return killed
