"""Numbers about all payouts, from counters that triggers keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from payouts.adapters.database.reads import NEEDS_REVIEW, OLDEST_DUE_SECONDS
from payouts.adapters.database.rows import query
from payouts.adapters.database.webhooks.backlog import BACKLOGS, to_backlogs
from payouts.application.read_models import CurrentStatistics, DailyTotal, StatusCount
from payouts.domain.status import PayoutStatus

_COUNTS = {status: f"{status.value.lower()}_count" for status in PayoutStatus}

# A table without payouts gives one row, with the state alone.
_CURRENT = f"""
SELECT state.*, counted.* FROM (
    SELECT {OLDEST_DUE_SECONDS} AS oldest_due_seconds, {NEEDS_REVIEW} AS needs_review,
        {BACKLOGS} AS webhooks
) AS state LEFT JOIN (
    SELECT currency, {", ".join(f"sum({name})::bigint AS {name}" for name in _COUNTS.values())}
    FROM payouts_statuscounts GROUP BY currency ORDER BY currency
) AS counted ON true
"""
_DAILY_TOTALS = """
SELECT day, status, currency, sum(count)::bigint AS count, sum(amount) AS amount
FROM payouts_dailytotal WHERE day >= %(since)s
GROUP BY day, status, currency ORDER BY day DESC, status, currency
"""


@dataclass(frozen=True, slots=True)
class DatabaseStatistics:
    """Serve the port `PayoutStatistics` with one statement per question."""

    def current(self) -> CurrentStatistics:
        rows = query(_CURRENT, {})
        return CurrentStatistics(
            counts=[
                StatusCount(status, row["currency"], row[name])
                for row in rows
                if row["currency"]
                for status, name in _COUNTS.items()
            ],
            oldest_due_seconds=round(rows[0]["oldest_due_seconds"], 1),
            needs_review=rows[0]["needs_review"],
            webhooks=to_backlogs(rows[0]["webhooks"]),
        )

    def daily_totals(self, *, since: date) -> Sequence[DailyTotal]:
        return [
            DailyTotal(**row | {"status": PayoutStatus(row["status"])})
            for row in query(_DAILY_TOTALS, {"since": since})
        ]
