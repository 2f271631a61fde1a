"""What the deliveries of endpoints say about their health, for the console.

Every count is bounded, so that a page costs the same with a million deliveries.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from payouts.adapters.database.client_events import next_events
from payouts.adapters.database.rows import query
from payouts.adapters.database.webhooks.replay import position_before
from payouts.domain.client_events import ClientEventType

COUNTED: Final = 1_000
"""How many deliveries or events are counted at most; one more means that there may be others."""

_OF_THIS: Final = "FROM payouts_webhookdelivery WHERE endpoint_id = endpoint.id"
_ACTIVITY: Final = f"""
SELECT endpoint.id, now() AS read_at, newest.deliveries, newest.last_delivered_at,
    (SELECT count(*) FROM (
        SELECT {_OF_THIS} AND next_attempt_at IS NOT NULL LIMIT {COUNTED + 1}
    ) AS waiting) AS waiting,
    (SELECT min(next_attempt_at) {_OF_THIS} AND next_attempt_at IS NOT NULL) AS next_due_at
FROM unnest(%(ids)s::bigint[]) AS endpoint(id) CROSS JOIN LATERAL (
    SELECT count(*) AS deliveries, max(delivered_at) AS last_delivered_at FROM (
        SELECT delivered_at {_OF_THIS} ORDER BY created_at DESC, id DESC LIMIT {COUNTED + 1}
    ) AS delivery
) AS newest
"""
_EVENTS_SINCE: Final = """
SELECT count(*) FILTER (WHERE at >= %(since)s) AS events, count(*) AS looked_at
FROM ({events}) AS event
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """`waiting` and `deliveries` are COUNTED + 1 if there are more.

    `next_due_at` is in the past if workers are late. `last_delivered_at` is of the newest counted
    deliveries only.
    """

    read_at: datetime
    waiting: int
    next_due_at: datetime | None
    deliveries: int
    last_delivered_at: datetime | None


def read_activity(endpoint_ids: Collection[int]) -> Mapping[int, Activity]:
    rows = query(_ACTIVITY, {"ids": list(endpoint_ids)})
    return {
        row["id"]: Activity(**{name: row[name] for name in row if name != "id"}) for row in rows
    }


def count_events_since(since: datetime, event_types: Sequence[ClientEventType]) -> int | None:
    """Return how many events a replay from that time on sends, or None if they are too many."""
    position = position_before(since)
    events = next_events(
        after="%(transaction_id)s, %(id)s",
        size=COUNTED + 1,
        condition="(%(event_types)s::text[] = '{{}}' OR '{client_type}' = ANY(%(event_types)s))",
    )
    [row] = query(
        _EVENTS_SINCE.format(events=events),
        {
            "since": since,
            "transaction_id": position.transaction_id,
            "id": position.id,
            "event_types": [type_.value for type_ in event_types],
        },
    )
    return int(row["events"]) if row["looked_at"] <= COUNTED else None
