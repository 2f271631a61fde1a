"""All payouts, deleted ones too, for comparison with a bank's statement."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from payouts.adapters.database.queue_sql import PAYOUT_FIELDS, SELECT_PAYOUT
from payouts.adapters.database.rows import query, to_payout
from payouts.domain.payout import Payout
from payouts.domain.statement import Period

_FIND_BY_REFERENCES = f"{SELECT_PAYOUT} WHERE reference = ANY(%(references)s)"

_COMPLETED = f"""
SELECT {PAYOUT_FIELDS}, completed_at FROM payouts_payout AS payout
WHERE (completed_at, id) > (%(after)s, %(after_id)s) AND completed_at < %(until)s AND attempt > 0
ORDER BY completed_at, id LIMIT {{limit}}
"""
_ALWAYS = Period(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class DatabaseReconciliationReads:
    """Serve the port `ReconciliationReads`, in batches, so that no statement takes long."""

    batch_size: int = 1000

    def now(self) -> datetime:
        [row] = query("SELECT now() AS now", {})
        now: datetime = row["now"]
        return now

    def find_by_references(self, references: Collection[str]) -> Mapping[str, Payout]:
        rows = query(_FIND_BY_REFERENCES, {"references": list(references)})
        return {row["reference"]: to_payout(row) for row in rows}

    def completed(self, period: Period) -> Iterator[Payout]:
        # Ids begin with 1, so the first batch includes what completed exactly at the start.
        place = {"after": period.since or _ALWAYS.since, "after_id": 0}
        until = period.until or _ALWAYS.until
        # The limit is part of the statement: PostgreSQL plans an unknown one for much of a table.
        sql = _COMPLETED.format(limit=self.batch_size)
        while rows := query(sql, {**place, "until": until}):
            yield from map(to_payout, rows)
            place = {"after": rows[-1]["completed_at"], "after_id": rows[-1]["id"]}
