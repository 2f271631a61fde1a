"""The entries that the statements of one reconciliation have for our payouts."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from payouts.domain.statement import StatementEntry


@dataclass(slots=True)
class _Reports:
    """How often one booking was reported: in the current statement, and at most in any."""

    statement: int
    in_statement: int = 0
    most: int = 0

    def add(self, statement: int) -> bool:
        if statement != self.statement:
            self.statement, self.in_statement = statement, 0
        self.in_statement += 1
        is_repetition = self.in_statement <= self.most
        self.most = max(self.most, self.in_statement)
        return is_repetition


@dataclass(slots=True)
class Bookings:
    """Distinguishes a booking that two statements report from money that left twice.

    Statements overlap: a day's, a week's, or the same one fetched again. Two of their entries are
    one booking if the bank gives them the same reference of its own, and the payout, direction,
    amount and day are the same too. Within one statement each entry counts: all payments of a batch
    may have the batch's reference. Without a reference of the bank, each entry is a booking.
    """

    debited: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    _statement: int = 0
    _reports: dict[Hashable, _Reports] = field(default_factory=dict)

    def end_statement(self) -> None:
        self._statement += 1

    def is_reported_before(self, entry: StatementEntry) -> bool:
        """Record the entry, and return whether an earlier statement reported the same booking."""
        if not entry.bank_reference:
            return False
        reports = self._reports.setdefault(_identity(entry), _Reports(self._statement))
        return reports.add(self._statement)

    def accounts_for(self, reference: str) -> bool:
        """Return whether a debit has this reference, or an entry that cannot be read."""
        return reference in self.debited or reference in self.unreadable


def _identity(entry: StatementEntry) -> Hashable:
    return (
        entry.reference,
        entry.bank_reference,
        entry.is_credit,
        entry.amount,
        entry.currency,
        entry.booked_day,
    )
