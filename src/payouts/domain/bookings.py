"""The entries that the statements of one reconciliation have for our payouts."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from payouts.domain.statement import StatementEntry

# As unlikely to be equal for two bookings as two of our references.
_IDENTITY_BYTES = 16


class _Reports(NamedTuple):
    """How often one booking was reported: in the current statement, and at most in any."""

    statement: int
    in_statement: int = 0
    most: int = 0

    def add(self, statement: int) -> "_Reports":
        in_statement = self.in_statement + 1 if statement == self.statement else 1
        return _Reports(statement, in_statement, max(self.most, in_statement))


@dataclass(slots=True)
class Bookings:
    """Distinguishes a booking that two statements report from money that left twice.

    Statements overlap: a day's, a week's, or the same one fetched again. Two of their entries are
    one booking if the bank gives them the same reference of its own, and the payout, direction,
    amount and day are the same too. Within one statement each entry counts: all payments of a batch
    may have the batch's reference. Without a reference of the bank, each entry is a booking.

    Memory holds no entries: of a payout its id, and of a booking a hash, which is never forgotten
    because the last statement may report the first booking again.
    """

    debited: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)
    _statement: int = 0
    _reports: dict[bytes, _Reports] = field(default_factory=dict)
    # Nearly all bookings have one of a few values, and share it.
    _values: dict[_Reports, _Reports] = field(default_factory=dict)

    def end_statement(self) -> None:
        self._statement += 1

    def is_reported_before(self, entry: StatementEntry) -> bool:
        """Record the entry, and return whether an earlier statement reported the same booking."""
        if not entry.bank_reference:
            return False
        identity = _identity(entry)
        before = self._reports.get(identity) or _Reports(self._statement)
        after = before.add(self._statement)
        self._reports[identity] = self._values.setdefault(after, after)
        return after.in_statement <= before.most

    def accounts_for(self, payout_id: int) -> bool:
        """Return whether a debit is for this payout, or an entry that cannot be read."""
        return payout_id in self.debited or payout_id in self.unreadable


def _identity(entry: StatementEntry) -> bytes:
    fields = (
        entry.reference,
        entry.bank_reference,
        entry.is_credit,
        # The same for 10.0 and 10.00.
        entry.amount.as_integer_ratio(),
        entry.currency,
        entry.booked_day,
    )
    return blake2b(repr(fields).encode(), digest_size=_IDENTITY_BYTES).digest()
