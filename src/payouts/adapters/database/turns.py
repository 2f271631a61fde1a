"""Turns at the database, for a process with more threads than should ask it at one moment."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import BoundedSemaphore

# A turn is a courtesy to others on the host, no lock: who has waited so long goes on without one.
_PATIENCE_SECONDS = 1.0


def turns(*, at_once: int) -> Callable[[], AbstractContextManager[None]]:
    """Return what gives a turn to `at_once` threads at a time."""
    free = BoundedSemaphore(at_once)

    @contextmanager
    def turn() -> Iterator[None]:
        is_ours = free.acquire(timeout=_PATIENCE_SECONDS)
        try:
            yield
        finally:
            if is_ours:
                free.release()

    return turn
