"""The events of all payouts for clients, in the order of the transactions that wrote them.

Ids are drawn before their transaction commits, so events do not appear in the order of their ids: a
reader who remembers the highest id misses an event that commits late. A transaction id below the
oldest one that is still running belongs to a transaction that has ended. No event is added below
that horizon any more, so a reader may go on from the last event below it.
"""

from dataclasses import dataclass

from payouts.adapters.database.rows import Row, query
from payouts.application.read_models import ClientEventPage, EventPosition
from payouts.application.webhooks.message import ClientMessage, to_message
from payouts.domain.client_events import CLIENT_EVENT_TYPES, ClientEventType
from payouts.domain.history import EventType

START = EventPosition(0, 0)
_LARGEST_ID = (1 << 63) - 1

# The horizon is that of the statement's own snapshot: what is below it is visible to the statement.
HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint + payouts_transaction_offset()"
_END = f"SELECT {HORIZON} - 1 AS transaction_id"

# One range of the index for each type: PostgreSQL merges them, and reads hardly more entries than
# the page shows, however rare a type is and however many other events lie in between.
_EVENTS_OF_TYPE = f"""
(SELECT id, type, at, payout_id, transaction_id FROM payouts_event
WHERE type = '{{type}}' AND transaction_id < {HORIZON}
    AND (transaction_id, id) > (%(transaction_id)s, %(id)s)
ORDER BY transaction_id, id LIMIT {{size}})
"""
_PAGE = """
SELECT event.id AS event_id, event.type AS event, event.at, event.transaction_id,
    payout.id AS payout_id, reference, idempotency_key,
    round(amount, minor_units)::text AS amount, currency, metadata,
    nullif(failure_code, '') AS failure_code, nullif(failure_reason, '') AS failure_reason
FROM (
    SELECT * FROM ({events}) AS event ORDER BY transaction_id, id LIMIT {size}
) AS event
JOIN payouts_payout AS payout ON payout.id = event.payout_id
ORDER BY event.transaction_id, event.id
"""


@dataclass(frozen=True, slots=True)
class DatabaseClientEvents:
    """Serve the port `ClientEvents`."""

    def page(
        self, *, after: EventPosition | None, size: int, event_type: ClientEventType | None = None
    ) -> ClientEventPage:
        after = after or START
        rows = query(
            _statement(size, event_type), {"transaction_id": after.transaction_id, "id": after.id}
        )
        end = EventPosition(rows[-1]["transaction_id"], rows[-1]["event_id"]) if rows else after
        return ClientEventPage([_to_message(row) for row in rows], end)

    def end(self) -> EventPosition:
        [row] = query(_END, {})
        return EventPosition(row["transaction_id"], _LARGEST_ID)


def _statement(size: int, wanted: ClientEventType | None) -> str:
    events = "UNION ALL".join(
        _EVENTS_OF_TYPE.format(type=event.value, size=size)
        for event, type_ in CLIENT_EVENT_TYPES.items()
        if wanted in {None, type_}
    )
    return _PAGE.format(events=events, size=size)


def _to_message(row: Row) -> ClientMessage:
    del row["transaction_id"]
    return to_message(**row | {"event": EventType(row["event"])})
