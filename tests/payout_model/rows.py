"""What the database says, read without any of the service's own code."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection
from tests.payout_model.book import Line

# Of each payout the changes, and beside them the answers that came too late to change anything.
type Histories = dict[int, tuple[list[Line], list[Line]]]

_ROWS = """
SELECT id, idempotency_key, reference, status, attempt,
    coalesce(lease_expires_at > now(), false), deleted_at IS NOT NULL, needs_review
FROM payouts_payout WHERE idempotency_key = ANY(%s) ORDER BY id
"""
_HISTORY = """
SELECT payout_id, type, from_status, to_status, attempt
FROM payouts_event WHERE payout_id = ANY(%s) ORDER BY id
"""
_LET_TIME_PASS = """
UPDATE payouts_payout SET
    lease_expires_at = CASE WHEN lease_expires_at IS NOT NULL THEN now() END,
    next_attempt_at = CASE WHEN next_attempt_at IS NOT NULL THEN now() END,
    next_ring_at = CASE WHEN next_ring_at IS NOT NULL THEN now() END
WHERE id = %s AND deleted_at IS NULL
"""


def read_rows(keys: Iterable[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(keys)])
        return list(cursor.fetchall())


def read_histories(payout_ids: Iterable[int]) -> Histories:
    histories: Histories = defaultdict(lambda: ([], []))
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, [list(payout_ids)])
        for payout_id, *line in cursor.fetchall():
            changes, late = histories[payout_id]
            (late if line[0] == "payout.late_answer" else changes).append(tuple(line))
    return histories


def let_time_pass(payout_id: int) -> None:
    """Let its lease have run out, and let it be due, if it ever will be."""
    with connection.cursor() as cursor:
        cursor.execute(_LET_TIME_PASS, [payout_id])
