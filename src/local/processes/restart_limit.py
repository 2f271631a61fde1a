"""Distinguishes a crash loop from a process that was killed."""

import time
from collections.abc import Callable

MAX_SHORT_RUNS = 5
SHORT_RUN_SECONDS = 5.0


class RestartLimit:
    """Allows restarts until too many runs in a row were short.

    A run of SHORT_RUN_SECONDS or more resets the count, so a process may be killed any number of
    times.
    """

    reason = f"{MAX_SHORT_RUNS + 1} times in a row within {SHORT_RUN_SECONDS:.0f} s of its start"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started_at = clock()
        self._short_runs = 0

    def record_start(self) -> None:
        self._started_at = self._clock()

    def allows_restart(self) -> bool:
        """Record the end of a run. Return False when it ends a crash loop."""
        is_short = self._clock() - self._started_at < SHORT_RUN_SECONDS
        self._short_runs = self._short_runs + 1 if is_short else 0
        return self._short_runs <= MAX_SHORT_RUNS
