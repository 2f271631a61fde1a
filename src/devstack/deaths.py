"""What died: a mishap, or something that will not live."""

import time
from collections.abc import Callable

SHORT_LIVES_ALLOWED = 5
SHORT_LIFE_SECONDS = 5.0


class Deaths:
    """Counts lives that were short, one after the other.

    What has lived for a while and is killed, however often, is not hopeless.
    """

    limit = f"{SHORT_LIVES_ALLOWED + 1} times in a row right after its start"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started_at = clock()
        self._short_lives = 0

    def note_start(self) -> None:
        self._started_at = self._clock()

    def one_more_is_too_many(self) -> bool:
        """Note the end of a life; tell whether too many in a row were short."""
        is_short = self._clock() - self._started_at < SHORT_LIFE_SECONDS
        self._short_lives = self._short_lives + 1 if is_short else 0
        return self._short_lives > SHORT_LIVES_ALLOWED
