"""A replay moves the cursor of an endpoint back.

Events are ordered by transaction, and their times follow that order only roughly. So the cursor is
moved to a place that is surely early enough, and events before the time of the replay are left out
until the cursor is where it was. What had not been sent then is sent, whatever its time.
"""

from datetime import datetime, timedelta
from typing import Final

from payouts.adapters.database.client_events import LARGEST_ID, START
from payouts.adapters.database.rows import Row, query
from payouts.application.read_models import EventPosition

# How far the times of events may be from the order of their ids: longer than a transaction takes,
# and than a clock is usually set back.
_MARGIN: Final = timedelta(minutes=10)
_HIGHEST_ID = "SELECT coalesce(max(id), 0) AS id FROM payouts_event"
_AT_OR_AFTER = """
SELECT id, at, transaction_id FROM payouts_event WHERE id >= %(id)s ORDER BY id LIMIT 1
"""

_CURSOR = "(cursor_transaction_id, cursor_event_id)"
_UNTIL = "(replay_until_transaction_id, replay_until_event_id)"
_IS_REPLAYING = f"{_CURSOR} < {_UNTIL}"
_IS_AHEAD = f"{_CURSOR} > (%(transaction_id)s, %(event_id)s)"
MOVE_BACK = f"""
replay_since = CASE
        WHEN {_IS_REPLAYING} THEN least(replay_since, %(since)s) ELSE %(since)s
    END,
    replay_until_transaction_id = CASE
        WHEN {_IS_REPLAYING} THEN replay_until_transaction_id ELSE cursor_transaction_id
    END,
    replay_until_event_id = CASE
        WHEN {_IS_REPLAYING} THEN replay_until_event_id ELSE cursor_event_id
    END,
    cursor_transaction_id = CASE
        WHEN {_IS_AHEAD} THEN %(transaction_id)s ELSE cursor_transaction_id
    END,
    cursor_event_id = CASE WHEN {_IS_AHEAD} THEN %(event_id)s ELSE cursor_event_id END
"""
"""Assignments of columns: the cursor moves back to a position, for the events of a time on."""

# Which of the events after the cursor become deliveries.
IS_WANTED: Final = """
(endpoint.replay_since IS NULL OR event.at >= endpoint.replay_since
    OR (event.transaction_id, event.id)
        > (endpoint.replay_until_transaction_id, endpoint.replay_until_event_id))
"""


def position_before(time: datetime) -> EventPosition:
    """Return a position before all events of that time or later, and not long before."""
    event = _first_event(time)
    if not event:
        # All events are older. The next ones come after the cursor anyway.
        return EventPosition(LARGEST_ID, LARGEST_ID)
    if not event["transaction_id"]:
        # Events from before transactions were stored are in the order of their ids.
        return EventPosition(START.transaction_id, event["id"] - 1)
    return EventPosition(event["transaction_id"], 0)


def _first_event(time: datetime) -> Row | None:
    """Search by halves, because no index has the times. Return an event of the margin before."""
    [highest] = query(_HIGHEST_ID, {})
    low, high = 1, highest["id"] + 1
    found = None
    while low < high:
        middle = (low + high) // 2
        [event] = query(_AT_OR_AFTER, {"id": middle})
        if event["at"] + _MARGIN < time:
            low = event["id"] + 1
        else:
            found, high = event, middle
    return found
