"""The entries of a bank statement, and the rules that compare them with payouts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from payouts.domain.payout import Payout
from payouts.domain.status import PayoutStatus


class UnreadableStatementError(Exception):
    """The statement cannot be fetched or parsed. `str()` gives one line."""


@dataclass(frozen=True, slots=True)
class Period:
    """The time that a statement covers: `until` is exclusive, None means unbounded."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One movement that the bank has booked.

    `reference` is the EndToEndId of ISO 20022, "" if there is none; `currency` is ISO 4217;
    `is_credit`: the money came to us. With a reference of ours that is a return, and `reason` is
    the bank's reason code. `booked_at` and `bank_reference` are as the bank writes them.
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


class Match(StrEnum):
    """The result of one comparison. Only the first three are differences."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    DIFFERING = "differing"
    RETURNED = "returned"
    OPEN = "open"
    MATCHED = "matched"

    @property
    def is_difference(self) -> bool:
        return self in {Match.MISSING, Match.UNEXPECTED, Match.DIFFERING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A payout, a movement at the bank, or both; `detail` is a sentence for people."""

    match: Match
    payout: Payout | None
    entry: StatementEntry | None
    detail: str = ""


def compare(entry: StatementEntry, payout: Payout | None, *, is_repeated: bool) -> Finding | None:
    """Compare a movement with the payout of its reference; None for a credit without a payout.

    `is_repeated`: an earlier entry with the same reference was a debit.
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
    """Report a COMPLETED payout without a movement in the statement."""
    detail = "The statement does not have it."
    return Finding(match=Match.MISSING, payout=payout, entry=None, detail=detail)


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
