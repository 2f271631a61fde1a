"""A long statement is compared without being held in memory."""

import json
import tracemalloc
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import TextIO

import pytest
from tests.fakes.payouts import MemoryPayouts
from tests.unit.samples import NOON, a_payout, an_order

from payouts.application.reconcile_payouts import ReconcilePayouts
from payouts.domain.payout import Payout
from payouts.domain.statement import Period, StatementEntry
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.cli.reconciliation import Reconciliation

ENTRIES = 10_000
ORDER = an_order()
# A kept finding, with its payout and entry, takes some 600 more.
MAX_BYTES_PER_ENTRY = 350


class GeneratedReads:
    """Payouts that are made when they are read: one for each hexadecimal number as reference."""

    def now(self) -> datetime:
        return NOON

    def find_by_references(self, references: Collection[str]) -> Mapping[str, Payout]:
        return {reference: self._payout(reference) for reference in references}

    def completed(self, period: Period) -> Iterator[Payout]:
        return (self._payout(f"{number:032x}") for number in range(1, ENTRIES + 1))

    @staticmethod
    def _payout(reference: str) -> Payout:
        order = replace(ORDER, reference=reference)
        return a_payout(id=int(reference, 16), order=order, status=PayoutStatus.COMPLETED)


def entries() -> Iterator[StatementEntry]:
    for number in range(1, ENTRIES + 1):
        yield StatementEntry(
            reference=f"{number:032x}",
            amount=Decimal("10.00"),
            currency="USD",
            booked_at="2026-11-20",
            bank_reference=f"B-{number}",
        )


@pytest.fixture
def matched() -> Iterator[TextIO]:
    with TemporaryFile("w+", encoding="utf-8") as file:
        yield file


def test_keeps_little_of_each_matched_entry(
    matched: TextIO, capsys: pytest.CaptureFixture[str]
) -> None:
    reconcile = ReconcilePayouts(reads=GeneratedReads(), payouts=MemoryPayouts())
    tracemalloc.start()
    try:
        found = Reconciliation(reconcile(statement=entries()), matched=matched)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes / ENTRIES < MAX_BYTES_PER_ENTRY
    assert not found.has_differences
    found.print_json()
    text = capsys.readouterr().out
    report = json.loads(text)
    assert report["counts"]["matched"] == len(report["matched"]) == ENTRIES
    assert text == json.dumps(report, indent=1) + "\n"
