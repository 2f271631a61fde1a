"""Ring again for what a crash or an outage stranded, or do the work here and now."""

from collections import Counter
from dataclasses import dataclass

from payouts.application.ports import Doorbell, Payouts
from payouts.application.process_payout import ProcessPayout
from payouts.domain.history import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverPayouts:
    """Ring for a bounded batch of due payouts that nobody seems to have heard of."""

    payouts: Payouts
    doorbell: Doorbell
    batch_size: int

    def __call__(self) -> int:
        """Return how many were rung for; those that the broker did not take have a later turn."""
        return self.doorbell.ring(self.payouts.stranded(limit=self.batch_size))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainPayouts:
    """Try each due payout once in this very process; no doorbell is needed."""

    payouts: Payouts
    process: ProcessPayout
    batch_size: int

    def __call__(self) -> Counter[EventType]:
        """Return how often each outcome was recorded."""
        outcomes: Counter[EventType] = Counter()
        tried: set[int] = set()
        while payout_ids := [
            each for each in self.payouts.due(limit=self.batch_size) if each not in tried
        ]:
            tried.update(payout_ids)
            for payout_id in payout_ids:
                if outcome := self.process(payout_id=payout_id):
                    outcomes[outcome.event] += 1
        return outcomes
