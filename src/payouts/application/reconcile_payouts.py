"""Compare what the bank has booked with our payouts, both ways."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from payouts.application.ports import Payouts, ReconciliationReads
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.payout import Payout
from payouts.domain.statement import (
    Finding,
    Match,
    Period,
    StatementEntry,
    compare,
    missing_at_bank,
)

_BATCH_SIZE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilePayouts:
    """Yield a finding for each movement that concerns us, then for each payout without one.

    A statement contains Periods, the times that it covers; of several, the widest counts. A return
    after COMPLETED is added to the history, once. Raises UnreadableStatementError, as reading the
    statement does.
    """

    reads: ReconciliationReads
    payouts: Payouts

    def __call__(self, *, statement: Iterable[Period | StatementEntry]) -> Iterator[Finding]:
        # Payouts that complete while the statement is fetched may rightly be missing in it.
        started_at = self.reads.now()
        periods: list[Period] = []
        paid: set[str] = set()
        for batch in batched(statement, _BATCH_SIZE):
            entries = [each for each in batch if isinstance(each, StatementEntry)]
            periods += [each for each in batch if isinstance(each, Period)]
            ours = self.reads.find_by_references({entry.reference for entry in entries})
            for entry in entries:
                yield from self._judge(entry, ours.get(entry.reference), paid)
        yield from self._missing(_widest(periods, started_at), paid)

    def _judge(
        self, entry: StatementEntry, payout: Payout | None, paid: set[str]
    ) -> Iterator[Finding]:
        finding = compare(entry, payout, is_repeated=entry.reference in paid)
        if payout and not entry.is_credit:
            paid.add(entry.reference)
        if finding and payout and finding.match is Match.RETURNED:
            self.payouts.append_history(payout=payout, entry=_returned(entry))
        if finding:
            yield finding

    def _missing(self, period: Period, paid: set[str]) -> Iterator[Finding]:
        for payout in self.reads.completed(period):
            if payout.order.reference not in paid:
                yield missing_at_bank(payout)


def _returned(entry: StatementEntry) -> HistoryEntry:
    facts = (entry.reason, entry.money, entry.booked_at, entry.bank_reference)
    reason = ", ".join(fact for fact in facts if fact)
    return HistoryEntry(event=EventType.RETURNED, actor=SYSTEM_ACTOR, reason=reason)


def _widest(periods: list[Period], started_at: datetime) -> Period:
    since = [period.since for period in periods if period.since]
    until = [period.until for period in periods if period.until]
    is_bounded = len(since) == len(periods) > 0
    ends_before = len(until) == len(periods) > 0
    return Period(
        since=min(since) if is_bounded else None,
        until=min(started_at, max(until)) if ends_before else started_at,
    )
