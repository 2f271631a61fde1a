"""How many messages an endpoint may have in hand at one process."""

from dataclasses import dataclass
from typing import Final, Self

from payouts.domain.webhooks.retries import Answer

MAX_CONCURRENT: Final = 8
SLOW_SECONDS: Final = 2.0
_CLAIMED_PER_REQUEST: Final = 8
_FAILURES_BEFORE_PAUSE: Final = 5
_PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests to an endpoint run at the same time.

    It begins with one. Quick successes double it, slow ones halve it down to two, failures down to
    one. So an endpoint that hangs soon holds one connection, and one that fails gets a request a
    second.
    """

    concurrent: int = 1
    failures: int = 0

    def after(self, answer: Answer) -> Self:
        if not answer.is_success:
            return type(self)(max(self.concurrent // 2, 1), self.failures + 1)
        if answer.duration_seconds < SLOW_SECONDS:
            return type(self)(min(self.concurrent * 2, MAX_CONCURRENT))
        return type(self)(max(self.concurrent // 2, 2))

    @property
    def is_failing(self) -> bool:
        """Return whether its failures have brought it down to one request."""
        return self.concurrent == 1 and self.failures > 0

    @property
    def in_hand(self) -> int:
        """Return how many deliveries to have claimed: those that are being sent, and the next."""
        return self.concurrent * _CLAIMED_PER_REQUEST if self.concurrent > 1 else 1

    @property
    def pause_seconds(self) -> float:
        """Return how long to wait before the next request, after several failures in a row."""
        return _PAUSE_SECONDS if self.failures >= _FAILURES_BEFORE_PAUSE else 0
