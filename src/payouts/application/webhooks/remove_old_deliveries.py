"""Remove deliveries that have ended long ago."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from payouts.application.webhooks.ports import Deliveries

KEPT_FOR: Final = timedelta(days=30)
BATCH_SIZE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOldDeliveries:
    """Remove a batch of deliveries that ended 30 days ago or belong to removed endpoints.

    Return how many were removed.
    """

    deliveries: Deliveries

    def __call__(self) -> int:
        return self.deliveries.remove_old(older_than=KEPT_FOR, limit=BATCH_SIZE)
