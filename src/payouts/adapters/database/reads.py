"""Payouts to look at: from rows to response data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from payouts.adapters.database import keyset
from payouts.adapters.database.rows import query
from payouts.application.views import EventView, Page, PageQuery, PayoutView, QueueState
from payouts.domain.errors import PayoutNotFoundError
from payouts.domain.status import PayoutStatus

# Rows leave the database as clients see them: what is "" there is null here.
_VIEW = """
id, recipient_id, round(amount, minor_units)::text AS amount, currency, status,
recipient_name_snapshot, account_number_snapshot,
nullif(bank_code_snapshot, '') AS bank_code_snapshot, created_at, updated_at, reference,
nullif(failure_code, '') AS failure_code, nullif(failure_reason, '') AS failure_reason,
needs_review
"""

_ONE = f"SELECT {_VIEW} FROM payouts_payout WHERE id = %(payout_id)s AND deleted_at IS NULL"

_VERSION = "SELECT coalesce(sum(version), 0)::bigint AS version FROM payouts_listversion"

# One row at least, which tells the version of an empty page too: both are of one moment.
_PAGE = f"""
SELECT list.version, page.* FROM ({_VERSION}) AS list LEFT JOIN (
    SELECT {_VIEW} FROM payouts_payout WHERE {{conditions}} ORDER BY {{order}} LIMIT {{limit}}
) AS page ON true ORDER BY {{order}}
"""

_HISTORY = """
SELECT event.type, event.at, event.actor, nullif(event.from_status, '') AS from_status,
    nullif(event.to_status, '') AS to_status, nullif(event.reason, '') AS reason, event.attempt
FROM payouts_payout AS payout JOIN payouts_event AS event
    ON event.payout_id = payout.id
WHERE payout.id = %(payout_id)s AND payout.deleted_at IS NULL
ORDER BY event.id
"""

# Payouts that are due or need review have small indexes of their own.
_QUEUE = """
SELECT
    coalesce(extract(epoch FROM now() - (
        SELECT next_attempt_at FROM payouts_payout
        WHERE next_attempt_at <= now()
            AND (lease_expires_at IS NULL OR lease_expires_at <= now())
        ORDER BY next_attempt_at LIMIT 1
    )), 0)::float AS oldest_due_seconds,
    (SELECT count(*) FROM payouts_payout WHERE needs_review AND deleted_at IS NULL) AS needs_review,
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
# No parameters: a plan is made once for all that a parameter can be, whereas those that need review
# have an index of their own, and of a status there are nearly all or hardly any.
_STATUSES = {status: f"status = '{status.value}'" for status in PayoutStatus} | {None: "true"}
_NEEDS_REVIEW = {True: "needs_review", False: "NOT needs_review", None: "true"}


@dataclass(frozen=True, slots=True)
class DatabaseReads:
    """Serve the port `PayoutReads`, one statement a question."""

    def version(self) -> int:
        [row] = query(_VERSION, {})
        return int(row["version"])

    def one(self, *, payout_id: int) -> PayoutView:
        rows = query(_ONE, {"payout_id": payout_id})
        if not rows:
            raise PayoutNotFoundError(payout_id=payout_id)
        return cast("PayoutView", rows[0])

    def history(self, *, payout_id: int) -> Sequence[EventView]:
        rows = query(_HISTORY, {"payout_id": payout_id})
        if not rows:  # every payout has at least the event of its creation
            raise PayoutNotFoundError(payout_id=payout_id)
        return cast("Sequence[EventView]", rows)

    def page(self, wanted_page: PageQuery) -> tuple[int, Page[PayoutView]]:
        filters: dict[str, Any] = {
            name: value for name in _CONDITIONS if (value := getattr(wanted_page, name)) is not None
        }
        position, size = wanted_page.position, wanted_page.size
        conditions = [
            "deleted_at IS NULL",
            keyset.condition(position),
            _STATUSES[wanted_page.status],
            _NEEDS_REVIEW[wanted_page.needs_review],
            *(_CONDITIONS[name] for name in filters),
        ]
        rows = query(
            _PAGE.format(
                conditions=" AND ".join(conditions),
                order=keyset.order(position),
                limit=keyset.limit(size),
            ),
            {**filters, **keyset.parameters(position)},
        )
        [version, *_] = [row.pop("version") for row in rows]
        found = cast("list[PayoutView]", rows if rows[0]["id"] else [])
        return version, keyset.to_page(found, size=size, position=position)

    def queue(self) -> QueueState:
        [row] = query(_QUEUE, {})
        return QueueState(
            oldest_due_seconds=round(row["oldest_due_seconds"], 1),
            needs_review=row["needs_review"],
            is_locked_out=row["is_locked_out"],
        )
