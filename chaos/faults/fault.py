"""The interface of a fault, and the arguments of its injection."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from threading import Event
from time import monotonic, sleep

import psutil

from chaos.stack import Stack

# An unfinished payout that the service itself is to finish.
UNFINISHED = "status IN ('NEW', 'PROCESSING') AND NOT needs_review AND deleted_at IS NULL"
STOP_LIMIT_SECONDS = 60
# A fault waits this long for something to affect, such as a connection to cut.
_EFFECT_LIMIT_SECONDS = 10
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class FaultContext:
    """The stack to break, the source of chance, how many seconds to last, and the target.

    `target` is None for a fault without targets, or if the chosen one does not run. `stopping` is
    set when clients have created all payouts.
    """

    stack: Stack
    random: Random
    seconds: float
    target: psutil.Process | None
    stopping: Event

    def wait(self) -> None:
        """Let the fault last."""
        sleep(self.seconds)

    def wait_for(self, has_effect: Callable[[], bool]) -> bool:
        """Wait until the fault affects something, and return whether it does.

        While clients create payouts, it waits for some seconds before it gives up.
        """
        ends_at = monotonic() + _EFFECT_LIMIT_SECONDS
        while not (affects := has_effect()):
            if monotonic() > ends_at or self.stopping.is_set():
                break
            sleep(_POLL_SECONDS)
        return affects


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`inject` returns when the fault is over, and reports whether it affected anything.

    `targets` are the children of which it affects one. `disrupts` names the parts of the service
    that it takes away: a request may fail or be slow for the sake of these only.
    """

    inject: Callable[[FaultContext], bool]
    targets: tuple[str, ...] = ()
    lasts_seconds: tuple[float, float] = (0, 0)
    disrupts: frozenset[str] = frozenset()
