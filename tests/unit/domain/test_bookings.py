from decimal import Decimal
from typing import Any

import pytest

from payouts.domain.bookings import Bookings
from payouts.domain.statement import StatementEntry


def an_entry(**fields: Any) -> StatementEntry:
    given: dict[str, Any] = {
        "reference": "REF-1",
        "amount": Decimal("10.00"),
        "currency": "USD",
        "booked_at": "2026-11-20",
        "bank_reference": "B-118",
    }
    return StatementEntry(**(given | fields))


def reported_before(*statements: list[StatementEntry]) -> list[bool]:
    bookings = Bookings()
    reported = []
    for entries in statements:
        reported += [bookings.is_reported_before(entry) for entry in entries]
        bookings.end_statement()
    return reported


class TestIsReportedBefore:
    def test_is_true_when_another_statement_has_the_same_booking(self) -> None:
        again = an_entry(amount=Decimal("10.0"), booked_at="2026-11-20T08:00:00")
        assert reported_before([an_entry()], [again], [again]) == [False, True, True]

    @pytest.mark.parametrize(
        "other",
        [
            {"bank_reference": "B-119"},
            {"reference": "REF-2"},
            {"amount": Decimal("10.01")},
            {"currency": "EUR"},
            {"booked_at": "2026-11-21"},
            {"is_credit": True},
        ],
    )
    def test_is_false_for_another_booking(self, other: dict[str, Any]) -> None:
        assert reported_before([an_entry()], [an_entry(**other)]) == [False, False]

    def test_is_false_when_the_bank_gives_no_reference(self) -> None:
        entry = an_entry(bank_reference="")
        assert reported_before([entry], [entry]) == [False, False]

    def test_is_false_within_a_statement(self) -> None:
        """All payments of a batch may have the batch's reference."""
        assert reported_before([an_entry(), an_entry()]) == [False, False]

    def test_counts_additional_entries_of_a_later_statement(self) -> None:
        entry = an_entry()
        assert reported_before([entry], [entry, entry], [entry, entry, entry]) == [
            *(False,),
            *(True, False),
            *(True, True, False),
        ]
