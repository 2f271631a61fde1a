"""The events of all payouts for clients, in the order of the transactions that wrote them.

Ids are drawn before their transaction commits, so events do not appear in the order of their ids: a
reader who remembers the highest id misses an event that commits late. A transaction id below the
oldest one that is still running belongs to a transaction that has ended. No event is added below
that horizon any more, so a reader may go on from the last event below it.
"""

from dataclasses import dataclass

from payouts.adapters.database.rows import Row, query
from payouts.application.client_message import ClientMessage, to_message
from payouts.application.read_models import ClientEventPage, EventPosition
from payouts.domain.client_events import CLIENT_EVENT_TYPES, ClientEventType
from payouts.domain.history import EventType

START = EventPosition(0, 0)
LARGEST_ID = (1 << 63) - 1

# The horizon is that of the statement's own snapshot: what is below it is visible to the statement.
HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint + payouts_transaction_offset()"
_END = f"SELECT {HORIZON} - 1 AS transaction_id"

# Of an event and its payout; `to_client_message` reads them.
MESSAGE_COLUMNS = """
event.id AS event_id, event.type AS event, event.at,
payout.id AS payout_id, payout.reference, payout.idempotency_key,
round(payout.amount, payout.minor_units)::text AS amount, payout.currency, payout.metadata,
nullif(payout.failure_code, '') AS failure_code, nullif(payout.failure_reason, '') AS failure_reason
"""
_EVENTS_OF_TYPE = """
(SELECT id, type, at, payout_id, transaction_id, '{client_type}' AS client_type FROM payouts_event
WHERE type = '{type}' AND transaction_id < {horizon} AND (transaction_id, id) > ({after})
    AND {condition}
ORDER BY transaction_id, id LIMIT {size})
"""
_PAGE = f"""
SELECT {MESSAGE_COLUMNS}, event.transaction_id, payout.account_number_snapshot
FROM ({{events}}) AS event
JOIN payouts_payout AS payout ON payout.id = event.payout_id
ORDER BY event.transaction_id, event.id
"""


def next_events(
    *,
    after: str,
    size: int,
    event_type: ClientEventType | None = None,
    condition: str = "true",
) -> str:
    """Return the SQL that selects the next events for clients, in their order.

    `after` are the SQL expressions of a position. `condition` may name `{client_type}`.

    There is one range of the index for each type: PostgreSQL merges them, and reads hardly more
    entries than the page shows, however rare a type is and however many others lie in between.
    """
    events = "UNION ALL".join(
        _EVENTS_OF_TYPE.format(
            type=event.value,
            client_type=type_.value,
            condition=condition.format(client_type=type_.value),
            horizon=HORIZON,
            after=after,
            size=size,
        )
        for event, type_ in CLIENT_EVENT_TYPES.items()
        if event_type in {None, type_}
    )
    return f"SELECT * FROM ({events}) AS event ORDER BY transaction_id, id LIMIT {size}"


@dataclass(frozen=True, slots=True)
class DatabaseClientEvents:
    """Serve the port `ClientEvents`."""

    def page(
        self,
        *,
        after: EventPosition | None,
        size: int,
        event_type: ClientEventType | None = None,
        mask_account_numbers: bool = False,
    ) -> ClientEventPage:
        after = after or START
        events = next_events(after="%(transaction_id)s, %(id)s", size=size, event_type=event_type)
        rows = query(
            _PAGE.format(events=events), {"transaction_id": after.transaction_id, "id": after.id}
        )
        end = EventPosition(rows[-1]["transaction_id"], rows[-1]["event_id"]) if rows else after
        read = _to_masked_message if mask_account_numbers else to_client_message
        return ClientEventPage([read(row) for row in rows], end)

    def end(self) -> EventPosition:
        [row] = query(_END, {})
        return EventPosition(row["transaction_id"], LARGEST_ID)


def to_client_message(row: Row) -> ClientMessage:
    """Read the MESSAGE_COLUMNS of a row, and leave out its other columns."""
    return to_message(
        event_id=row["event_id"],
        event=EventType(row["event"]),
        at=row["at"],
        payout_id=row["payout_id"],
        reference=row["reference"],
        idempotency_key=row["idempotency_key"],
        amount=row["amount"],
        currency=row["currency"],
        metadata=row["metadata"],
        failure_code=row["failure_code"],
        failure_reason=row["failure_reason"],
    )


def _to_masked_message(row: Row) -> ClientMessage:
    return to_client_message(row).masked(row["account_number_snapshot"])
