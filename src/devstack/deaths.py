"""How often something has died lately."""

import time
from collections import deque
from collections.abc import Callable

DEATHS_ALLOWED = 5
WINDOW_SECONDS = 60.0


class Deaths:
    """Tells a mishap from something that will not live."""

    limit = f"{DEATHS_ALLOWED + 1} times within {WINDOW_SECONDS:.0f} s"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=DEATHS_ALLOWED + 1)

    def one_more_is_too_many(self) -> bool:
        """Count a death; tell whether that makes more than are allowed within the window."""
        now = self._clock()
        self._times.append(now)
        full = len(self._times) == self._times.maxlen
        return full and now - self._times[0] <= WINDOW_SECONDS
