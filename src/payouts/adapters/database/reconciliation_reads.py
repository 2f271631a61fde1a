"""All payouts, for comparison with a bank's statement."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from payouts.adapters.database.rows import query, to_payout
from payouts.adapters.database.statements import SELECT_PAYOUT
from payouts.domain.payout import Payout
from payouts.domain.statement import Period

_FIND_BY_REFERENCES = f"{SELECT_PAYOUT} WHERE reference = ANY(%(references)s)"

# After its end only its deletion changes a payout.
_COMPLETED = f"""
{SELECT_PAYOUT} WHERE id = ANY (ARRAY(
    SELECT id FROM payouts_payout AS ended
    CROSS JOIN LATERAL (SELECT CASE WHEN deleted_at IS NULL THEN updated_at ELSE (
        SELECT at FROM payouts_event WHERE payout_id = ended.id AND type = 'payout.completed'
    ) END) AS completed(at)
    WHERE id > %(last_id)s AND status = 'COMPLETED' AND attempt > 0
        AND (%(since)s::timestamptz IS NULL OR completed.at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR completed.at < %(until)s)
    ORDER BY id LIMIT %(limit)s
)) ORDER BY id
"""


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
