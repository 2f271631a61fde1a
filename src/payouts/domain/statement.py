"""Entries of a bank's statement, and their comparison with our payouts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from payouts.domain.payout import Payout
from payouts.domain.status import PayoutStatus

_DAY_LENGTH = len("2026-01-31")


class UnreadableStatementError(Exception):
    """This is not a statement in a form that we read. `str()` gives one line."""


class StatementUnavailableError(Exception):
    """The bank cannot be reached, or does not give its statement. `str()` gives one line."""


@dataclass(frozen=True, slots=True)
class Period:
    """The time for which a statement is complete: `since` inclusive, `until` exclusive.

    None means unbounded. In a stream of entries it follows the last entry of its statement.
    """

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One transfer that the bank has booked.

    `reference` is the EndToEndId of ISO 20022, "" if there is none. `currency` is ISO 4217.
    `is_credit` means that the money came to us: for a reference of ours that is a return, with the
    `reason` that the bank gives. `booked_at` and `bank_reference` are as the bank writes them.
    """

    reference: str
    amount: Decimal
    currency: str
    is_credit: bool = False
    booked_at: str = ""
    bank_reference: str = ""
    reason: str = ""

    @property
    def money(self) -> str:
        return f"{self.amount:f} {self.currency}"

    @property
    def booked_day(self) -> str:
        return self.booked_at[:_DAY_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableEntry:
    """An entry of a readable statement that cannot be compared.

    `place` says where it is, and `problem` why, both as parts of a sentence. The other fields are
    as in StatementEntry, "" if they cannot be read.
    """

    place: str
    problem: str
    reference: str = ""
    booked_at: str = ""
    bank_reference: str = ""

    @property
    def booked_day(self) -> str:
        return self.booked_at[:_DAY_LENGTH]


class Match(StrEnum):
    """The result of one comparison. RETURNED, OPEN and MATCHED are not differences."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    DIFFERING = "differing"
    UNREADABLE = "unreadable"
    RETURNED = "returned"
    OPEN = "open"
    MATCHED = "matched"

    @property
    def is_difference(self) -> bool:
        return self not in {Match.RETURNED, Match.OPEN, Match.MATCHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A payout, an entry of the statement, or both; `detail` is a sentence for people."""

    match: Match
    payout: Payout | None
    entry: StatementEntry | UnreadableEntry | None
    detail: str = ""


def compare(entry: StatementEntry, payout: Payout | None, *, is_repeated: bool) -> Finding | None:
    """Compare an entry with the payout of its reference; None if it does not concern payouts.

    `is_repeated` means that another debit had the same reference.
    """
    if not payout:
        if entry.is_credit:
            return None
        return _found(Match.UNEXPECTED, None, entry, "No payout has this reference.")
    if entry.is_credit:
        return _compare_return(entry, payout)
    if is_repeated:
        return _found(Match.UNEXPECTED, payout, entry, "It left for the second time.")
    ours = payout.order.terms.money
    if (entry.amount, entry.currency) != (ours.amount, ours.currency.code):
        return _found(Match.DIFFERING, payout, entry, "The amounts differ.")
    return _compare_status(entry, payout)


def missing_at_bank(payout: Payout) -> Finding:
    """Report a COMPLETED payout that has no entry in the statement."""
    detail = "The statement does not have it."
    return Finding(match=Match.MISSING, payout=payout, entry=None, detail=detail)


def unreadable(entry: UnreadableEntry, payout: Payout | None) -> Finding:
    """Report an entry that cannot be compared; `payout` is the one of its reference, if any."""
    detail = f"Cannot read {entry.place}: {entry.problem}."
    return Finding(match=Match.UNREADABLE, payout=payout, entry=entry, detail=detail)


def _compare_return(entry: StatementEntry, payout: Payout) -> Finding:
    if payout.status is PayoutStatus.COMPLETED:
        reason = entry.reason or "no reason given"
        return _found(Match.RETURNED, payout, entry, f"The bank returned it: {reason}.")
    return _found(
        Match.DIFFERING, payout, entry, f"The bank returned it, and here it is {payout.status}."
    )


def _compare_status(entry: StatementEntry, payout: Payout) -> Finding:
    if payout.status is PayoutStatus.COMPLETED:
        return _found(Match.MATCHED, payout, entry, "")
    if payout.needs_review:
        return _found(Match.DIFFERING, payout, entry, "It left, and here it needs review.")
    if payout.status is PayoutStatus.PROCESSING:
        return _found(Match.OPEN, payout, entry, "It left, and here it is still PROCESSING.")
    return _found(Match.DIFFERING, payout, entry, f"It left, and here it is {payout.status}.")


def _found(match: Match, payout: Payout | None, entry: StatementEntry, detail: str) -> Finding:
    return Finding(match=match, payout=payout, entry=entry, detail=detail)
