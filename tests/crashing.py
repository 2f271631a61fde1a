"""A `payouts` process that is killed at a named moment: `python -m tests.crashing MOMENT VERB`.

Production code has no hook for this: the methods around the moment are replaced before the
command starts. What SIGKILL leaves is what a power cut leaves: nothing is tidied up.
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


def moments() -> dict[str, tuple[type, str, Side]]:
    """Name the call at which to die, and whether before it or when it has done something."""
    from payouts.adapters.bank.client import HttpBank
    from payouts.adapters.bank.deadline import DeadlineStream

    from payouts.adapters.database.payouts import DatabasePayouts

    return {
        "stored": (DatabasePayouts, "add", "after"),
        "taken": (DatabasePayouts, "claim", "before"),
        "claimed": (DatabasePayouts, "claim", "after"),
        # The whole request is written before the first byte of the answer is read.
        "sent": (DeadlineStream, "read", "before"),
        "answered": (HttpBank, "send", "after"),
        "recorded": (DatabasePayouts, "save", "after"),
    }


def start_crashing(moment: str, verb: str, *, log: Path, environment: dict[str, str]) -> Process:
    """Start `payouts VERB`, to be killed at this moment."""
    return Process.start(
        [sys.executable, "-m", "tests.crashing", moment, verb],
        log=log,
        environment=environment | {"PYTHONPATH": str(ROOT)},
    )


def crash_at(moment: str) -> None:
    owner, name, side = moments()[moment]
    setattr(owner, name, _deadly(getattr(owner, name), side))


def _deadly(call: Callable[..., Any], side: Side) -> Callable[..., Any]:
    @wraps(call)
    def die_beside(*args: Any, **options: Any) -> Any:
        if side == "before":
            _die()
        result = call(*args, **options)
        # A claim or a record that was not to be had has changed nothing.
        if result:
            _die()
        return result

    return die_beside


def _die() -> NoReturn:
    """End this process and those it has forked, which are a group of their own."""
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("it outlived SIGKILL")


if __name__ == "__main__":
    from payouts.entrypoints.cli import main

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    crash_at(sys.argv.pop(1))
    main()
