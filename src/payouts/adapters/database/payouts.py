"""The queue of record in PostgreSQL. Each change writes row and event in one transaction."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from payouts.adapters.database import queue_sql
from payouts.adapters.database.request_id import current_request_id
from payouts.adapters.database.rows import Row, query, to_parameters, to_payout, to_recipient
from payouts.application.ports import Claim, Existing
from payouts.domain.errors import PayoutInFlightError, PayoutNotFoundError
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Payout, PayoutRequest
from payouts.domain.requeue_policy import RequeuePolicy

log = structlog.get_logger("payouts")

# A person should look at these: it is unknown whether money moved, or it moved after the end.
_LEVELS = {
    EventType.NEEDS_REVIEW: logging.WARNING,
    EventType.LATE_ANSWER: logging.WARNING,
    EventType.RETURNED: logging.WARNING,
}


@dataclass(frozen=True, slots=True)
class DatabasePayouts:
    """Serve the port `Payouts`. Call it outside of any transaction: each call commits.

    `first_requeue_seconds` is how long after its creation a payout counts as overdue.
    """

    first_requeue_seconds: float = RequeuePolicy().first_seconds

    def find_existing(self, *, idempotency_key: IdempotencyKey, recipient_id: int) -> Existing:
        [row] = query(
            queue_sql.FIND_EXISTING,
            {"idempotency_key": idempotency_key.value, "recipient_id": recipient_id},
        )
        return Existing(
            payout=to_payout(row) if row["id"] else None,
            recipient=to_recipient(recipient_id, row) if row["recipient_name"] else None,
        )

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        parameters = to_parameters(request) | {
            "first_requeue_seconds": self.first_requeue_seconds,
            "actor": actor,
            "request_id": current_request_id(),
        }
        rows = query(queue_sql.ADD, parameters)
        if not rows:
            return None
        _log_event(EventType.CREATED, rows[0], actor=actor)
        return to_payout(rows[0])

    def get(self, *, payout_id: int) -> Payout:
        rows = query(queue_sql.GET, {"payout_id": payout_id})
        if not rows:
            raise PayoutNotFoundError(payout_id=payout_id)
        return to_payout(rows[0])

    def get_many(self, payout_ids: Sequence[int]) -> dict[int, Payout]:
        """Look up payouts by id; those that do not exist or are deleted are left out."""
        rows = query(queue_sql.GET_MANY, {"payout_ids": list(payout_ids)})
        return {row["id"]: to_payout(row) for row in rows}

    def find_by_reference(self, reference: str) -> Payout | None:
        rows = query(queue_sql.FIND_BY_REFERENCE, {"reference": reference})
        return to_payout(rows[0]) if rows else None

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        rows = query(
            queue_sql.CLAIM,
            {
                "payout_id": payout_id,
                "lease_seconds": lease_seconds,
                "request_id": current_request_id(),
            },
        )
        if not rows:
            return None
        _log_event(EventType.CLAIMED, rows[0])
        return Claim(to_payout(rows[0]), recipient_is_active=rows[0]["recipient_is_active"])

    def save(
        self,
        *,
        before: Payout,
        after: Payout,
        entry: HistoryEntry,
        due_in_seconds: float | None = None,
        nowait: bool = False,
    ) -> Payout | None:
        parameters = _changes(before, after) | _event(before, after, entry)
        parameters["due_in_seconds"] = due_in_seconds
        try:
            rows = query(queue_sql.SAVE_NOWAIT if nowait else queue_sql.SAVE, parameters)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise PayoutInFlightError(payout_id=before.id) from error
            raise
        if not rows:
            return None
        _log_event(
            entry.event,
            rows[0],
            actor=entry.actor,
            # A text that a person writes may contain an account number.
            reason=entry.reason if entry.actor == SYSTEM_ACTOR else None,
            due_in_seconds=due_in_seconds and round(due_in_seconds, 1),
        )
        return to_payout(rows[0])

    def append_history(self, *, payout: Payout, entry: HistoryEntry) -> None:
        _append(queue_sql.APPEND_HISTORY, payout, entry)

    def record_return(self, *, payout: Payout, entry: HistoryEntry) -> None:
        _append(queue_sql.RECORD_RETURN, payout, entry)

    def due(self, *, batch_size: int) -> Iterator[int]:
        [position] = query(queue_sql.BEFORE_ALL_DUE, {})
        while rows := query(queue_sql.DUE, {**position, "limit": batch_size}):
            position |= rows[-1]
            yield from (row["id"] for row in rows)

    def take_overdue(self, *, max_waiting: int, interval_seconds: float) -> Sequence[int]:
        query(queue_sql.FORGET_REQUEUES, {})
        [counted] = query(queue_sql.COUNT_WAITING, {})
        limit = max_waiting - counted["waiting"]
        if limit <= 0:
            return []
        rows = query(queue_sql.TAKE_OVERDUE, {"limit": limit, "interval_seconds": interval_seconds})
        return [row["payout_id"] for row in rows]


def _append(sql: str, payout: Payout, entry: HistoryEntry) -> None:
    parameters = {
        "payout_id": payout.id,
        "attempt": payout.attempt,
        "event": entry.event.value,
        "actor": entry.actor,
        "reason": entry.reason,
        "request_id": current_request_id(),
    }
    # The reason of a return is text of the bank, which may contain an account number.
    reason = None if entry.event is EventType.RETURNED else entry.reason
    with transaction.atomic():
        query(queue_sql.LOCK_PAYOUT, {"payout_id": payout.id})
        rows = query(sql, parameters)
    for row in rows:
        _log_event(entry.event, row, reason=reason)


def _changes(before: Payout, after: Payout) -> dict[str, Any]:
    failure = after.failure
    return {
        "payout_id": before.id,
        "attempt": before.attempt,
        "status_before": before.status.value,
        "status": after.status.value,
        "failure_code": failure.code if failure else "",
        "failure_reason": failure.reason if failure else "",
        "needs_review": after.needs_review,
        "open_attempts": after.open_attempts,
        "deferral": after.deferral.value,
        "pending_count": after.pending_count,
        "is_deleted": after.is_deleted,
        "is_visible": _visible_part(before) != _visible_part(after),
    }


def _visible_part(payout: Payout) -> tuple[object, ...]:
    """Return the fields that clients see and that can change."""
    return payout.status, payout.failure, payout.needs_review, payout.is_deleted


def _event(before: Payout, after: Payout, entry: HistoryEntry) -> dict[str, Any]:
    has_moved = before.status is not after.status
    return {
        "event": entry.event.value,
        "actor": entry.actor,
        "from_status": before.status.value if has_moved else "",
        "to_status": after.status.value if has_moved else "",
        "reason": entry.reason,
        "request_id": current_request_id(),
        "log_only": entry.log_only,
    }


def _log_event(event: EventType, row: Row, **facts: object) -> None:
    """Log what was just committed, under the name that the event has in the history."""
    log.log(
        _LEVELS.get(event, logging.INFO),
        event.value,
        payout_id=row["id"],
        reference=row["reference"],
        status=row["status"],
        attempt=row["attempt"],
        **{name: fact for name, fact in facts.items() if fact not in {"", None}},
    )
