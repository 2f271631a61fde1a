"""Process due payouts in the calling process, without a broker."""

from collections import Counter
from dataclasses import dataclass

from payouts.application.ports import Payouts
from payouts.application.process_payout import ProcessPayout
from payouts.domain.history import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainDue:
    """Try each due payout once."""

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
