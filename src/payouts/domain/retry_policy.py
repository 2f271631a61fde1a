"""How often and how long the bank is asked about a payout."""

from dataclasses import dataclass

from payouts.domain.payout import Deferral, Payout

_JITTER_STEPS = 0x10000
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Delays in seconds.

    A bank that lets each attempt run into its deadline of 6 seconds and never answers is asked for
    about 100 seconds in all. After that a person decides.
    """

    max_open_attempts: int = 7
    max_backoff_seconds: float = 10
    max_retry_after_seconds: float = 60
    pending_delays_seconds: tuple[float, ...] = (10, 30, _MINUTE, 300, 15 * _MINUTE, 60 * _MINUTE)

    def is_exhausted(self, payout: Payout) -> bool:
        """Return whether a payout that was just claimed has had all of its open attempts."""
        return payout.open_attempts > self.max_open_attempts

    def delay_seconds(self, deferred: Payout, *, retry_after_seconds: float = 0) -> float:
        """Return how long to wait before the next attempt for a payout that was just deferred."""
        match deferred.deferral:
            case Deferral.PENDING:
                delays = self.pending_delays_seconds
                return delays[min(deferred.pending_count, len(delays)) - 1]
            case Deferral.NOT_AUTHORISED | Deferral.REFUSED:
                return self.max_backoff_seconds
            case _:
                wanted = min(retry_after_seconds, self.max_retry_after_seconds)
                return max(wanted, self._backoff_seconds(deferred))

    def _backoff_seconds(self, payout: Payout) -> float:
        """Double from one second up to the maximum, less up to a quarter of jitter."""
        doubled = min(2.0 ** min(payout.attempt - 1, 16), self.max_backoff_seconds)
        # The last digits of a reference are random, the first ones are the time.
        jitter = int(payout.order.reference[-4:], 16) / _JITTER_STEPS
        return doubled * (0.75 + jitter / 4)
