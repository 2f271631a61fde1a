"""Payouts against the bank's ledger: I1, I3, I4 and I9."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from chaos.invariants.violation import Violation
from chaos.run_records import Row, RunRecords


def at_most_one_transfer(records: RunRecords) -> Iterator[Violation]:
    ids = {payout["reference"]: payout["id"] for payout in records.payouts}
    for reference, count in Counter(each.reference for each in records.ledger).items():
        if reference not in ids:
            yield Violation("I1", f"the bank paid {reference}, which belongs to no payout")
        elif count > 1:
            yield Violation("I1", f"paid {count} times", ids[reference])


def completed_means_paid(records: RunRecords) -> Iterator[Violation]:
    paid = {(each.reference, each.amount, each.currency, each.account) for each in records.ledger}
    references = _paid_references(records)
    for payout in records.payouts:
        terms = tuple(payout[name] for name in ("reference", "amount", "currency", "account"))
        if payout["status"] == "COMPLETED" and terms not in paid:
            yield Violation("I3", "COMPLETED, but not paid as agreed", payout["id"])
        if payout["reference"] in references and _is_unfinished(payout):
            yield Violation("I3", f"paid, but {payout['status']}", payout["id"])


def failed_means_unpaid(records: RunRecords) -> Iterator[Violation]:
    references = _paid_references(records)
    for payout in records.payouts:
        if payout["status"] == "FAILED" and payout["reference"] in references:
            yield Violation("I4", "FAILED, but paid", payout["id"])


def sums_are_equal(records: RunRecords) -> Iterator[Violation]:
    references = _paid_references(records)
    ours: dict[str, Decimal] = defaultdict(Decimal)
    theirs: dict[str, Decimal] = defaultdict(Decimal)
    for transfer in records.ledger:
        theirs[transfer.currency] += transfer.amount
    for payout in records.payouts:
        is_paid_and_in_review = payout["needs_review"] and payout["reference"] in references
        if payout["status"] == "COMPLETED" or is_paid_and_in_review:
            ours[payout["currency"]] += payout["amount"]
    for currency in sorted(ours.keys() | theirs.keys()):
        if ours[currency] != theirs[currency]:
            text = f"{currency}: the ledger has {theirs[currency]}, the payouts {ours[currency]}"
            yield Violation("I9", text)


def _is_unfinished(payout: Row) -> bool:
    """Return whether neither the status nor needs_review says that money may have moved."""
    return payout["status"] in {"NEW", "PROCESSING"} and not payout["needs_review"]


def _paid_references(records: RunRecords) -> set[str]:
    return {transfer.reference for transfer in records.ledger}
