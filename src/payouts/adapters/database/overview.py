"""What the overview of the console shows beside the counters.

Each statement reads a limited number of rows by an index, however many payouts there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from payouts.adapters.database.rows import query
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.payout import Deferral

# Counts go no further than this.
COUNT_LIMIT: Final = 1_000
OVERDUE_MINUTES: Final = 5
SAMPLE_SIZE: Final = 1_000
# The classes into which the times of the sample are divided. The last class is open.
CLASS_LIMITS_SECONDS: Final = (1, 10, 60, 600, 3_600, 86_400)
# Of each type. Decisions of people are no answers of the bank, and are passed over.
_EVENTS_LOOKED_AT = 20
_BANK_EVENTS = (
    EventType.COMPLETED,
    EventType.FAILED,
    EventType.DEFERRED,
    EventType.NEEDS_REVIEW,
)

_DUE = """
next_attempt_at <= now() - make_interval(mins => {minutes})
    AND (lease_expires_at IS NULL OR lease_expires_at <= now())
"""
_START_OF_DAY = "date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
# Why payouts need a person, by the name of the filter that lists them. A list shows no more than
# the newest of those that failed today.
ATTENTION: Final = {
    "overdue": _DUE.format(minutes=OVERDUE_MINUTES),
    "not_authorised": "next_attempt_at IS NOT NULL AND deferral = 'NOT_AUTHORISED'",
    "failed_today": f"""
status = 'FAILED' AND id = ANY (ARRAY(
    SELECT payout_id FROM (
        SELECT payout_id, at FROM payouts_event WHERE type = '{EventType.FAILED.value}'
        ORDER BY transaction_id DESC, id DESC LIMIT {COUNT_LIMIT}
    ) AS newest WHERE at >= {_START_OF_DAY}
))
""",
}
_NEEDS_REVIEW = "needs_review AND deleted_at IS NULL"


def _count(condition: str, limit: int | str) -> str:
    return f"(SELECT count(*) FROM (SELECT FROM payouts_payout WHERE {condition} LIMIT {limit}) _)"


_CURRENT = f"""
SELECT
    {_count(_NEEDS_REVIEW, COUNT_LIMIT + 1)} AS needs_review,
    {_count(ATTENTION["overdue"], COUNT_LIMIT + 1)} AS overdue,
    {_count(ATTENTION["not_authorised"], COUNT_LIMIT + 1)} AS not_authorised,
    EXISTS (SELECT FROM payouts_payout) AS has_payouts,
    EXISTS (SELECT FROM payouts_recipient) AS has_recipients,
    now() AS read_at,
    oldest.id AS oldest_id, oldest.next_attempt_at AS oldest_due_at
FROM (SELECT) AS one_row LEFT JOIN (
    SELECT id, next_attempt_at FROM payouts_payout WHERE {_DUE.format(minutes=0)}
    ORDER BY next_attempt_at LIMIT 1
) AS oldest ON true
"""
_REVIEWS = f"SELECT {_count(_NEEDS_REVIEW, '%(limit)s')} AS count"
_CLASSES = ", ".join(
    f"count(*) FILTER (WHERE seconds <= {limit})" for limit in CLASS_LIMITS_SECONDS
)
_COMPLETION = f"""
SELECT count(*) AS count,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds,
    ARRAY[{_CLASSES}, count(*)] AS cumulated
FROM (
    SELECT extract(epoch FROM completed_at - created_at)::float AS seconds
    FROM payouts_payout WHERE completed_at IS NOT NULL
    ORDER BY completed_at DESC, id DESC LIMIT {SAMPLE_SIZE}
) AS sample
"""
_LAST_RESULT = f"""
SELECT newest.payout_id, wanted.type, newest.at, payout.deferral
FROM unnest(%(types)s::text[]) AS wanted(type) CROSS JOIN LATERAL (
    SELECT payout_id, at, actor FROM payouts_event WHERE type = wanted.type
    ORDER BY transaction_id DESC, id DESC LIMIT {_EVENTS_LOOKED_AT}
) AS newest JOIN payouts_payout AS payout ON payout.id = newest.payout_id
WHERE newest.actor = %(actor)s ORDER BY newest.at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentState:
    """The payouts that may need a person, counted up to one more than COUNT_LIMIT.

    `read_at` is the database's time. The oldest waiting payout has been due since `oldest_due_at`.
    """

    needs_review: int
    overdue: int
    not_authorised: int
    has_payouts: bool
    has_recipients: bool
    read_at: datetime
    oldest_id: int | None
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionTimes:
    """The times from creation to completion of the payouts that were completed last.

    `classes` has a count for each of CLASS_LIMITS_SECONDS, and one for longer times.
    """

    count: int
    median_seconds: float
    p95_seconds: float
    classes: list[int]


@dataclass(frozen=True, slots=True)
class LastResult:
    """The last event of a payout that tells of an answer of the bank.

    `deferral` is why the payout is still PROCESSING, if it is.
    """

    payout_id: int
    type: EventType
    at: datetime
    deferral: Deferral


def current_state() -> CurrentState:
    [row] = query(_CURRENT, {})
    return CurrentState(**row)


def count_needs_review(*, limit: int) -> int:
    """Count the payouts that wait for a person, up to `limit`."""
    [row] = query(_REVIEWS, {"limit": limit})
    return int(row["count"])


def completion_times() -> CompletionTimes | None:
    """Return None if no payout was completed yet."""
    [row] = query(_COMPLETION, {})
    if not row["count"]:
        return None
    cumulated = row.pop("cumulated")
    below = [0, *cumulated[:-1]]
    return CompletionTimes(
        **row, classes=[upper - lower for lower, upper in zip(below, cumulated, strict=True)]
    )


def last_result() -> LastResult | None:
    types = [event.value for event in _BANK_EVENTS]
    rows = query(_LAST_RESULT, {"types": types, "actor": SYSTEM_ACTOR})
    if not rows:
        return None
    [row] = rows
    kinds = {"type": EventType(row["type"]), "deferral": Deferral(row["deferral"])}
    return LastResult(**row | kinds)
