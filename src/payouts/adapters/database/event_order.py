"""Keeps the events in one order when the database moves to a server that counts from lower ids.

A server counts its transactions by itself. After a restore of a dump the stored transaction ids are
those of another server, and new ones would start below them: no event would be shown until the
count has caught up, and then in the wrong order. So ids are stored with an offset, which is added
here. The positions that readers remember stay valid.
"""

from django.db import connection, transaction

from payouts.domain.history import EventType

# More than the transactions that a server can have run since the backup. 2^63 has room for four
# million such steps.
_STEP = 1 << 41
_LAST = """
SELECT coalesce(max(last.transaction_id), 0) AS last_stored,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next_id,
    payouts_transaction_offset() AS transaction_offset
FROM unnest(%s::text[]) AS kind(type), LATERAL (
    SELECT transaction_id FROM payouts_event WHERE type = kind.type
    ORDER BY transaction_id DESC LIMIT 1
) AS last
"""
# Waits for transactions that write events with the old offset, and holds up new ones. The function
# is replaced, not a row changed, because the default of a column cannot read a table.
_LOCK = "LOCK TABLE payouts_event IN SHARE ROW EXCLUSIVE MODE"
_SET_OFFSET = """
CREATE OR REPLACE FUNCTION payouts_transaction_offset() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT {offset}::bigint'
"""


def continue_event_order(*, is_restored: bool = False) -> bool:
    """Put new events after all stored ones if the server counts from lower ids than they have.

    `is_restored` does so in any case: readers may have seen events that a restored database lost.
    Return whether the offset was raised.
    """
    if not is_restored and not _is_behind():
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        last_stored, next_id, offset = _read()
        cursor.execute(_SET_OFFSET.format(offset=max(last_stored, next_id + offset) + _STEP))
    return True


def _is_behind() -> bool:
    last_stored, next_id, offset = _read()
    return last_stored >= next_id + offset


def _read() -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [[event.value for event in EventType]])
        last_stored, next_id, offset = cursor.fetchone()
    return last_stored, next_id, offset
