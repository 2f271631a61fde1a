"""All payouts, for comparison with the bank's books."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from payouts.adapters.database.rows import query, to_payout
from payouts.adapters.database.statements import COLUMNS
from payouts.domain.payout import Payout
from payouts.domain.statement import Period

_WITH_REFERENCES = f"""
SELECT {COLUMNS}, false AS is_leased FROM payouts_payout AS payout
WHERE reference = ANY(%(references)s)
"""

# Nothing changes a payout after its end but its deletion.
_COMPLETED = f"""
SELECT {COLUMNS}, false AS is_leased FROM (
    SELECT payout.*, CASE WHEN deleted_at IS NULL THEN updated_at ELSE (
        SELECT at FROM payouts_event
        WHERE payout_id = payout.id AND type = 'payout.completed'
    ) END AS completed_at
    FROM payouts_payout AS payout
    WHERE id > %(last_id)s AND status = 'COMPLETED' AND attempt > 0
) AS payout
WHERE (%(since)s::timestamptz IS NULL OR completed_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR completed_at < %(until)s)
ORDER BY id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class DatabaseBooks:
    """Serve the port `Books`, in batches, so that no statement takes long."""

    batch_size: int = 1000

    def now(self) -> datetime:
        [row] = query("SELECT now() AS now", {})
        now: datetime = row["now"]
        return now

    def with_references(self, references: Collection[str]) -> Mapping[str, Payout]:
        rows = query(_WITH_REFERENCES, {"references": list(references)})
        return {row["reference"]: to_payout(row) for row in rows}

    def completed(self, period: Period) -> Iterator[Payout]:
        last_id = 0
        while rows := query(
            _COMPLETED,
            {
                "last_id": last_id,
                "since": period.since,
                "until": period.until,
                "limit": self.batch_size,
            },
        ):
            yield from map(to_payout, rows)
            last_id = rows[-1]["id"]
