"""Payouts for display: from rows to response data."""

from dataclasses import dataclass, fields
from typing import Any

from payouts.adapters.database import keyset
from payouts.adapters.database.rows import Row, query
from payouts.application.read_models import (
    EventView,
    Page,
    PageQuery,
    PayoutView,
    Position,
    QueueState,
)
from payouts.domain.errors import PayoutNotFoundError
from payouts.domain.history import EventType
from payouts.domain.status import PayoutStatus

# Fields that are not shown as their columns are stored. An absent text is "" here, null to clients.
_EXPRESSIONS = {
    "amount": "round(amount, minor_units)::text",
    "bank_code_snapshot": "nullif(bank_code_snapshot, '')",
    "failure_code": "nullif(failure_code, '')",
    "failure_reason": "nullif(failure_reason, '')",
    "remittance_information": "nullif(remittance_information, '')",
}
_VIEW = ", ".join(
    f"{_EXPRESSIONS.get(field.name, field.name)} AS {field.name}" for field in fields(PayoutView)
)

_NOT_DELETED = "deleted_at IS NULL"
_IS_SHOWN = f"({_NOT_DELETED} OR %(include_deleted)s)"

_ONE = f"SELECT {_VIEW} FROM payouts_payout WHERE id = %(payout_id)s AND {_IS_SHOWN}"

_VERSION = "SELECT coalesce(sum(version), 0)::bigint AS version FROM payouts_listversion"

# Version and page are of one snapshot. An empty page gives one row, with the version alone.
_PAGE = f"""
SELECT list.version, page.* FROM ({_VERSION}) AS list LEFT JOIN (
    SELECT {_VIEW} FROM payouts_payout WHERE {{conditions}} ORDER BY {{order}} LIMIT {{limit}}
) AS page ON true ORDER BY {{order}}
"""

# An empty page of a payout that exists gives one row without an event.
_HISTORY = f"""
SELECT event.* FROM payouts_payout AS payout LEFT JOIN LATERAL (
    SELECT id, type, at, actor, nullif(from_status, '') AS from_status,
        nullif(to_status, '') AS to_status, nullif(reason, '') AS reason, attempt
    FROM payouts_event WHERE payout_id = payout.id AND {{condition}}
    ORDER BY {{order}} LIMIT {{limit}}
) AS event ON true
WHERE payout.id = %(payout_id)s AND {_IS_SHOWN} ORDER BY {{order}}
"""

# Payouts that are due or need review have small indexes of their own.
OLDEST_DUE_SECONDS = """
coalesce(extract(epoch FROM now() - (
    SELECT next_attempt_at FROM payouts_payout
    WHERE next_attempt_at <= now()
        AND (lease_expires_at IS NULL OR lease_expires_at <= now())
    ORDER BY next_attempt_at LIMIT 1
)), 0)::float
"""
NEEDS_REVIEW = "(SELECT count(*) FROM payouts_payout WHERE needs_review AND deleted_at IS NULL)"

_QUEUE = f"""
SELECT
    {OLDEST_DUE_SECONDS} AS oldest_due_seconds,
    {NEEDS_REVIEW} AS needs_review,
    EXISTS (
        SELECT FROM payouts_payout
        WHERE next_attempt_at IS NOT NULL AND deferral = 'NOT_AUTHORISED'
    ) AS is_locked_out
"""

_CONDITIONS = {
    "currency": "currency = %(currency)s",
    "recipient_id": "recipient_id = %(recipient_id)s",
    "idempotency_key": "idempotency_key = %(idempotency_key)s",
    "created_after": "created_at >= %(created_after)s",
    "created_before": "created_at < %(created_before)s",
}
# Constants, not parameters: payouts that need review, or were returned, have an index of their own,
# and a status has nearly all payouts or hardly any, so each value deserves its own plan.
_STATUSES = {status: f"status = '{status.value}'" for status in PayoutStatus} | {None: "true"}
_NEEDS_REVIEW = {True: "needs_review", False: "NOT needs_review", None: "true"}
_RETURNED = {True: "returned_at IS NOT NULL", False: "returned_at IS NULL", None: "true"}


@dataclass(frozen=True, slots=True)
class DatabaseReads:
    """Serve the port `PayoutReads` with one statement per question."""

    def version(self) -> int:
        [row] = query(_VERSION, {})
        return int(row["version"])

    def one(self, *, payout_id: int, include_deleted: bool = False) -> PayoutView:
        rows = query(_ONE, {"payout_id": payout_id, "include_deleted": include_deleted})
        if not rows:
            raise PayoutNotFoundError(payout_id=payout_id)
        return _to_view(rows[0])

    def history(
        self,
        *,
        payout_id: int,
        size: int,
        position: Position | None,
        include_deleted: bool = False,
    ) -> Page[EventView]:
        sql = _HISTORY.format(
            condition=keyset.BY_ID.condition(position),
            order=keyset.BY_ID.order(position),
            limit=keyset.limit(size),
        )
        asked = {"payout_id": payout_id, "include_deleted": include_deleted}
        rows = query(sql, asked | keyset.parameters(position))
        if not rows:
            raise PayoutNotFoundError(payout_id=payout_id)
        found = rows if rows[0]["id"] else []
        return keyset.BY_ID.to_page(found, _to_event, size=size, position=position)

    def page(self, query_: PageQuery) -> tuple[int, Page[PayoutView]]:
        filters: dict[str, Any] = {
            name: value for name in _CONDITIONS if (value := getattr(query_, name)) is not None
        }
        position, size = query_.position, query_.size
        conditions = [
            "true" if query_.include_deleted else _NOT_DELETED,
            keyset.NEWEST_FIRST.condition(position),
            _STATUSES[query_.status],
            _NEEDS_REVIEW[query_.needs_review],
            _RETURNED[query_.returned],
            *(_CONDITIONS[name] for name in filters),
        ]
        sql = _PAGE.format(
            conditions=" AND ".join(conditions),
            order=keyset.NEWEST_FIRST.order(position),
            limit=keyset.limit(size),
        )
        rows = query(sql, {**filters, **keyset.parameters(position)})
        [version, *_] = [row.pop("version") for row in rows]
        found = rows if rows[0]["id"] else []
        page = keyset.NEWEST_FIRST.to_page(found, _to_view, size=size, position=position)
        return version, page

    def queue(self) -> QueueState:
        [row] = query(_QUEUE, {})
        return QueueState(
            oldest_due_seconds=round(row["oldest_due_seconds"], 1),
            needs_review=row["needs_review"],
            is_locked_out=row["is_locked_out"],
        )


def _to_view(row: Row) -> PayoutView:
    return PayoutView(**row | {"status": PayoutStatus(row["status"])})


def _to_event(row: Row) -> EventView:
    return EventView(
        type=EventType(row["type"]),
        at=row["at"],
        actor=row["actor"],
        from_status=row["from_status"] and PayoutStatus(row["from_status"]),
        to_status=row["to_status"] and PayoutStatus(row["to_status"]),
        reason=row["reason"],
        attempt=row["attempt"],
    )
