"""Turn the events of an endpoint into deliveries."""

from dataclasses import dataclass
from typing import Final

from payouts.application.webhooks.ports import Deliveries

BATCH_SIZE: Final = 500
# Events wait in the history, where they take no more space. Deliveries that wait for a retry do not
# count, so that they do not hold up new events after the endpoint has recovered.
MAX_DUE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """Make deliveries of the next events of an endpoint; return whether there may be more."""

    deliveries: Deliveries

    def __call__(self, *, endpoint_id: int) -> bool:
        events = self.deliveries.fan_out(endpoint_id=endpoint_id, size=BATCH_SIZE, max_due=MAX_DUE)
        return events == BATCH_SIZE
