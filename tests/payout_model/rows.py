"""The contents of the database, read without any of the service's own code."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from tests.payout_model.expected_state import Event

# The history of each payout: the changes, and apart from them the answers that came too late.
type Histories = dict[int, tuple[list[Event], list[Event]]]

_ROWS = """
SELECT id, idempotency_key, reference, status, attempt,
    coalesce(lease_expires_at > now(), false), deleted_at IS NOT NULL, needs_review, deferral
FROM payouts_payout WHERE idempotency_key = ANY(%s) ORDER BY id
"""
_UPDATED_AT = "SELECT id, updated_at FROM payouts_payout WHERE idempotency_key = ANY(%s)"
_HISTORY = """
SELECT payout_id, type, from_status, to_status, attempt
FROM payouts_event WHERE payout_id = ANY(%s) ORDER BY id
"""
_LET_TIME_PASS = """
UPDATE payouts_payout SET
    lease_expires_at = CASE WHEN lease_expires_at IS NOT NULL THEN now() END,
    next_attempt_at = CASE WHEN next_attempt_at IS NOT NULL THEN now() END,
    next_enqueue_at = CASE WHEN next_enqueue_at IS NOT NULL THEN now() END
WHERE id = %s AND deleted_at IS NULL
"""


def read_rows(keys: Iterable[str]) -> list[tuple[Any, ...]]:
    return _read(_ROWS, list(keys))


def read_updated_at(keys: Iterable[str]) -> dict[int, datetime]:
    return dict(_read(_UPDATED_AT, list(keys)))


def read_histories(payout_ids: Iterable[int]) -> Histories:
    histories: Histories = defaultdict(lambda: ([], []))
    for payout_id, *event in _read(_HISTORY, list(payout_ids)):
        changes, late = histories[payout_id]
        (late if event[0] == "payout.late_answer" else changes).append(tuple(event))
    return histories


def let_time_pass(payout_id: int) -> None:
    """Let the lease expire, and make the payout due if it will ever be."""
    with connection.cursor() as cursor:
        cursor.execute(_LET_TIME_PASS, [payout_id])


def _read(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [values])
        return list(cursor.fetchall())
