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
        for payout_id in self.payouts.due(batch_size=self.batch_size):
            if outcome := self.process(payout_id=payout_id):
                outcomes[outcome.event] += 1
        return outcomes
