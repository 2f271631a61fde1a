"""Compare the entries of a bank's statement with our payouts, in both directions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from payouts.application.ports import Payouts, ReconciliationReads
from payouts.domain.bookings import Bookings
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.payout import Payout
from payouts.domain.statement import (
    Finding,
    Match,
    Period,
    StatementEntry,
    UnreadableEntry,
    compare,
    missing_at_bank,
    unreadable,
)

_BATCH_SIZE = 500
_REPLACEMENT_CHARACTER = "\ufffd"

Entry = StatementEntry | UnreadableEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilePayouts:
    """Yield a finding for each entry that concerns us, then for each payout without an entry.

    A Period ends each statement, and says for which time it is complete. Of several, the earliest
    start and the latest end count. A return after COMPLETED is recorded with the payout, once.
    Raises what reading the statement raises: UnreadableStatementError, StatementUnavailableError.
    """

    reads: ReconciliationReads
    payouts: Payouts

    def __call__(self, *, statement: Iterable[Period | Entry]) -> Iterator[Finding]:
        # A payout that completes after the statement was written is rightly missing in it.
        started_at = self.reads.now()
        periods: list[Period] = []
        bookings = Bookings()
        for batch in batched(statement, _BATCH_SIZE):
            ours = self._find_payouts(batch)
            for item in batch:
                if isinstance(item, Period):
                    periods.append(item)
                    bookings.end_statement()
                else:
                    yield from self._findings(item, ours.get(item.reference), bookings)
        for payout in self.reads.completed(_widest(periods, started_at)):
            if not bookings.accounts_for(payout.id):
                yield missing_at_bank(payout)

    def _find_payouts(self, batch: Iterable[Period | Entry]) -> dict[str, Payout]:
        references = {
            item.reference for item in batch if not isinstance(item, Period) and item.reference
        }
        return dict(self.reads.find_by_references(references))

    def _findings(
        self, entry: Entry, payout: Payout | None, bookings: Bookings
    ) -> Iterator[Finding]:
        if isinstance(entry, UnreadableEntry):
            if payout:
                bookings.unreadable.add(payout.id)
            yield unreadable(entry, payout)
        elif finding := self._compare(entry, payout, bookings):
            yield finding

    def _compare(
        self, entry: StatementEntry, payout: Payout | None, bookings: Bookings
    ) -> Finding | None:
        if payout and bookings.is_reported_before(entry):
            return None
        is_repeated = payout is not None and payout.id in bookings.debited
        finding = compare(entry, payout, is_repeated=is_repeated)
        if payout and not entry.is_credit:
            bookings.debited.add(payout.id)
        if payout and finding and finding.match is Match.RETURNED:
            self.payouts.record_return(payout=payout, entry=_history_entry(entry))
        return finding


def _history_entry(entry: StatementEntry) -> HistoryEntry:
    facts = (entry.reason, entry.money, entry.booked_at, entry.bank_reference)
    text = ", ".join(fact for fact in facts if fact)
    # The bank's text is shown in terminals, where invisible characters could pass for others.
    reason = "".join(each if each.isprintable() else _REPLACEMENT_CHARACTER for each in text)
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
