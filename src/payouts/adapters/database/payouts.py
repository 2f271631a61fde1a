"""The queue of record. Each change is one statement: the row, its event and nothing between."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from payouts.adapters.database import statements
from payouts.adapters.database.rows import Row, query, to_payout, to_recipient
from payouts.application.ports import Claim, Entry, Found
from payouts.domain.errors import PayoutInFlightError, PayoutNotFoundError
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Payout, PayoutRequest

log = structlog.get_logger("payouts")

# These want a person to look: nobody knows whether money moved, or it moved after the end.
_LEVELS = {
    EventType.NEEDS_REVIEW: logging.WARNING,
    EventType.LATE_ANSWER: logging.WARNING,
    EventType.RETURNED: logging.WARNING,
}


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _tell(event: EventType, row: Row, **facts: object) -> None:
    """Log what has just been committed to the history, under the same name."""
    log.log(
        _LEVELS.get(event, logging.INFO),
        event.value,
        payout_id=row["id"],
        reference=row["reference"],
        status=row["status"],
        attempt=row["attempt"],
        **{name: fact for name, fact in facts.items() if fact not in {"", None}},
    )


@dataclass(frozen=True, slots=True)
class DatabasePayouts:
    """Serve the port `Payouts`; called outside of any transaction, each call commits.

    `first_ring_seconds` is how long the doorbell rung at creation has to be heard,
    `ring_again_seconds` the time between the later ones; each statement waits for its `turn`.
    """

    first_ring_seconds: float = 10
    ring_again_seconds: float = 30
    turn: Callable[[], AbstractContextManager[None]] = nullcontext

    def find(self, *, idempotency_key: IdempotencyKey, recipient_id: int) -> Found:
        [row] = self._ask(
            statements.FIND,
            {"idempotency_key": idempotency_key.value, "recipient_id": recipient_id},
        )
        return Found(
            payout=to_payout(row) if row["id"] else None,
            recipient=to_recipient(recipient_id, row) if row["recipient_name"] else None,
        )

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        rows = self._ask(
            statements.ADD,
            {
                "reference": request.reference,
                "idempotency_key": request.idempotency_key.value,
                "recipient_id": request.recipient_id,
                "amount": request.money.amount,
                "currency": request.money.currency.code,
                "minor_units": request.money.currency.minor_units,
                "first_ring_seconds": self.first_ring_seconds,
                "actor": actor,
                "request_id": _request_id(),
            },
        )
        if not rows:
            return None
        _tell(EventType.CREATED, rows[0], actor=actor)
        return to_payout(rows[0])

    def get(self, *, payout_id: int) -> Payout:
        rows = self._ask(statements.GET, {"payout_id": payout_id})
        if not rows:
            raise PayoutNotFoundError(payout_id=payout_id)
        return to_payout(rows[0])

    def with_reference(self, reference: str) -> Payout | None:
        rows = self._ask(statements.WITH_REFERENCE, {"reference": reference})
        return to_payout(rows[0]) if rows else None

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        rows = self._ask(
            statements.CLAIM,
            {
                "payout_id": payout_id,
                "lease_seconds": lease_seconds,
                "request_id": _request_id(),
            },
        )
        if not rows:
            return None
        _tell(EventType.CLAIMED, rows[0])
        return Claim(to_payout(rows[0]), recipient_is_active=rows[0]["recipient_is_active"])

    def save(
        self, *, before: Payout, after: Payout, entry: Entry, due_in_seconds: float | None = None
    ) -> Payout | None:
        moved = before.status is not after.status
        parameters = {
            "payout_id": before.id,
            "status_before": before.status.value,
            "attempt": before.attempt,
            "status": after.status.value,
            "failure_code": after.failure.code if after.failure else "",
            "failure_reason": after.failure.reason if after.failure else "",
            "needs_review": after.needs_review,
            "open_attempts": after.open_attempts,
            "deferral": after.deferral.value,
            "is_deleted": after.is_deleted,
            "due_in_seconds": due_in_seconds,
            "event": entry.event.value,
            "actor": entry.actor,
            "from_status": before.status.value if moved else "",
            "to_status": after.status.value if moved else "",
            "reason": entry.reason,
            "request_id": _request_id(),
        }
        try:
            rows = self._ask(statements.SAVE, parameters)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise PayoutInFlightError(payout_id=before.id) from error
            raise
        if not rows:
            return None
        _tell(
            entry.event,
            rows[0],
            actor=entry.actor,
            # What a person writes may hold an account number.
            reason=entry.reason if entry.actor == SYSTEM_ACTOR else None,
            due_in_seconds=due_in_seconds and round(due_in_seconds, 1),
        )
        return to_payout(rows[0])

    def note(self, *, payout: Payout, entry: Entry) -> None:
        rows = self._ask(
            statements.NOTE,
            {
                "payout_id": payout.id,
                "attempt": payout.attempt,
                "event": entry.event.value,
                "actor": entry.actor,
                "reason": entry.reason,
                "request_id": _request_id(),
            },
        )
        for row in rows:
            _tell(entry.event, row, reason=entry.reason)

    def due(self, *, limit: int) -> Sequence[int]:
        return [row["id"] for row in self._ask(statements.DUE, {"limit": limit})]

    def stranded(self, *, limit: int) -> Sequence[int]:
        self._ask(statements.FORGET_RINGS, {})
        rows = self._ask(
            statements.STRANDED,
            {"limit": limit, "ring_again_seconds": self.ring_again_seconds},
        )
        return [row["payout_id"] for row in rows]

    def _ask(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        with self.turn():
            return query(sql, parameters)
