"""A `payouts` process that is killed at a named point: `python -m tests.crash_points POINT VERB`.

Production code has no hook for this: the method at the point is replaced before the command starts.
SIGKILL leaves behind what a power cut leaves behind.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Literal, NoReturn

import django
from tests.running import Process

type Side = Literal["before", "after"]
ROOT = Path(__file__).parent.parent


def crash_points() -> dict[str, tuple[type, str, Side]]:
    """Name the method to be killed at, and whether before it or after it has done something."""
    from payouts.adapters.banks.http.client import HttpBank
    from payouts.adapters.database.payouts import DatabasePayouts
    from payouts.adapters.database.webhooks.deliveries import DatabaseDeliveries
    from payouts.adapters.http_deadline import DeadlineStream
    from payouts.adapters.webhooks.sender import HttpSender
    from payouts.entrypoints.worker.tasks import _BoundedExecutor

    return {
        "stored": (DatabasePayouts, "add", "after"),
        "received": (_BoundedExecutor, "submit", "before"),
        "started": (DatabasePayouts, "claim", "before"),
        "claimed": (DatabasePayouts, "claim", "after"),
        # The whole request is written before the first byte of the response is read.
        "sent": (DeadlineStream, "read", "before"),
        "answered": (HttpBank, "send", "after"),
        "recorded": (DatabasePayouts, "save", "after"),
        "fanned out": (DatabaseDeliveries, "fan_out", "after"),
        "delivery claimed": (DatabaseDeliveries, "claim", "after"),
        "message sent": (HttpSender, "send", "after"),
        "attempt recorded": (DatabaseDeliveries, "record", "after"),
    }


def start_crashing(
    point: str, verb: str, *options: str, log: Path, environment: dict[str, str]
) -> Process:
    """Start `payouts VERB`, which kills itself at this point."""
    return Process.start(
        [sys.executable, "-m", "tests.crash_points", point, verb, *options],
        log=log,
        environment=environment | {"PYTHONPATH": str(ROOT)},
    )


def crash_at(point: str) -> None:
    owner, name, side = crash_points()[point]
    setattr(owner, name, _crashing(getattr(owner, name), side))


def _crashing(method: Callable[..., Any], side: Side) -> Callable[..., Any]:
    @wraps(method)
    def call_and_crash(*args: Any, **options: Any) -> Any:
        if side == "before":
            _crash()
        result = method(*args, **options)
        # A claim or a record that changed nothing does not count.
        if result:
            _crash()
        return result

    return call_and_crash


def _crash() -> NoReturn:
    """Kill this process and its children, which share a process group of their own."""
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("the process survived SIGKILL")


if __name__ == "__main__":
    from payouts.entrypoints.cli import main

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    crash_at(sys.argv.pop(1))
    main()
