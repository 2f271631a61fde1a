from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from tests.fakes.payouts import MemoryPayouts
from tests.unit.samples import NOON, a_payout, an_order

from payouts.application.reconcile_payouts import ReconcilePayouts
from payouts.domain.history import EventType
from payouts.domain.payout import Payout
from payouts.domain.statement import Match, Period, StatementEntry, UnreadableEntry
from payouts.domain.status import PayoutStatus

HOUR = timedelta(hours=1)
IDS = count(1)


@dataclass
class MemoryReads:
    """Payouts that completed at the time they were last updated."""

    payouts: Sequence[Payout] = ()

    def now(self) -> datetime:
        return NOON

    def find_by_references(self, references: Collection[str]) -> Mapping[str, Payout]:
        known = {payout.order.reference: payout for payout in self.payouts}
        return {reference: known[reference] for reference in references if reference in known}

    def completed(self, period: Period) -> Iterator[Payout]:
        for payout in self.payouts:
            starts = not period.since or payout.updated_at >= period.since
            ends = not period.until or payout.updated_at < period.until
            if starts and ends and payout.status is PayoutStatus.COMPLETED:
                yield payout


def completed(key: str, *, before: timedelta = HOUR) -> Payout:
    order = an_order(key)
    at = NOON - before
    return a_payout(
        id=next(IDS), order=order, status=PayoutStatus.COMPLETED, attempt=1, updated_at=at
    )


def movement(payout: Payout, **fields: Any) -> StatementEntry:
    ours = payout.order
    return StatementEntry(
        reference=ours.reference,
        amount=ours.terms.money.amount,
        currency=ours.terms.money.currency.code,
        **fields,
    )


@dataclass
class Reconciler:
    """Reconciles statements that a test gives."""

    payouts: MemoryPayouts

    def matches(
        self, payouts: Sequence[Payout], *statement: Period | StatementEntry | UnreadableEntry
    ) -> list[tuple[Match, str]]:
        self.payouts.rows |= {payout.id: payout for payout in payouts}
        reconcile = ReconcilePayouts(reads=MemoryReads(payouts), payouts=self.payouts)
        return [
            (finding.match, finding.payout.order.idempotency_key.value if finding.payout else "")
            for finding in reconcile(statement=statement)
        ]


@pytest.fixture
def reconciler(payouts: MemoryPayouts) -> Reconciler:
    return Reconciler(payouts)


class TestReconcilePayouts:
    def test_compares_in_both_directions(self, reconciler: Reconciler) -> None:
        ours = [completed("key-number-1"), completed("key-number-2")]
        unknown = movement(completed("key-number-3"))
        assert reconciler.matches(ours, movement(ours[0]), unknown) == [
            (Match.MATCHED, "key-number-1"),
            (Match.UNEXPECTED, ""),
            (Match.MISSING, "key-number-2"),
        ]

    def test_reports_a_second_transfer_of_one_payout(self, reconciler: Reconciler) -> None:
        payout = completed("key-number-1")
        matches = reconciler.matches([payout], *[movement(payout)] * 3)
        assert [match for match, _ in matches] == [Match.MATCHED, *[Match.UNEXPECTED] * 2]

    def test_reports_a_second_transfer_across_batches(self, reconciler: Reconciler) -> None:
        ours = [completed(f"key-number-{number}") for number in range(1100)]
        statement = [movement(payout) for payout in ours]
        matches = [match for match, _ in reconciler.matches(ours, *statement, statement[0])]
        assert matches == [*[Match.MATCHED] * 1100, Match.UNEXPECTED]

    def test_does_not_report_a_differing_payout_as_missing(self, reconciler: Reconciler) -> None:
        payout = completed("key-number-1")
        other = StatementEntry(
            reference=payout.order.reference, amount=payout.order.terms.money.amount, currency="EUR"
        )
        assert reconciler.matches([payout], other) == [(Match.DIFFERING, "key-number-1")]

    def test_reports_only_payouts_of_the_period_as_missing(self, reconciler: Reconciler) -> None:
        ours = [completed(f"key-number-{hours}", before=hours * HOUR) for hours in (1, 2, 3, 4)]
        period = Period(since=NOON - 3 * HOUR, until=NOON - HOUR)
        found = [(Match.MISSING, "key-number-2"), (Match.MISSING, "key-number-3")]
        assert reconciler.matches(ours, period) == found

    def test_compares_the_widest_of_several_periods(self, reconciler: Reconciler) -> None:
        ours = [completed(f"key-number-{hours}", before=hours * HOUR) for hours in (1, 2, 3, 4)]
        periods = [
            Period(since=NOON - 2 * HOUR, until=NOON - HOUR),
            Period(since=NOON - 3 * HOUR, until=NOON - 2 * HOUR),
        ]
        assert len(reconciler.matches(ours, *periods)) == 2
        assert len(reconciler.matches(ours, *periods, Period())) == 4

    def test_does_not_expect_payouts_that_completed_after_it_began(
        self, reconciler: Reconciler
    ) -> None:
        late = completed("key-number-1", before=-HOUR)
        tomorrow = Period(since=NOON - HOUR, until=NOON + 24 * HOUR)
        assert reconciler.matches([late]) == reconciler.matches([late], tomorrow) == []

    def test_records_a_return_once_and_changes_nothing_else(self, reconciler: Reconciler) -> None:
        payout = completed("key-number-1")
        back = movement(payout, is_credit=True, reason="AC04", booked_at="2026-11-20")
        for _ in range(2):
            assert reconciler.matches([payout], movement(payout), back) == [
                (Match.MATCHED, "key-number-1"),
                (Match.RETURNED, "key-number-1"),
            ]
        [(_, entry)] = reconciler.payouts.events
        assert (entry.event, entry.actor) == (EventType.RETURNED, "system")
        assert entry.reason == "AC04, 10.00 USD, 2026-11-20"

    def test_replaces_invisible_characters_in_the_reason_of_a_return(
        self, reconciler: Reconciler
    ) -> None:
        payout = completed("key-number-1")
        reason = "AC04: Kонто\u202e \x9b31mclosed"
        reconciler.matches(
            [payout], movement(payout), movement(payout, is_credit=True, reason=reason)
        )
        [(_, entry)] = reconciler.payouts.events
        assert entry.reason == "AC04: Kонто\ufffd \ufffd31mclosed, 10.00 USD"

    def test_shows_a_returned_payout_as_returned(self, reconciler: Reconciler) -> None:
        payout = completed("key-number-1")
        reconciler.matches([payout], movement(payout), movement(payout, is_credit=True))
        assert reconciler.payouts.rows[payout.id].returned_at

    def test_counts_a_booking_that_two_statements_report_once(self, reconciler: Reconciler) -> None:
        payout = completed("key-number-1")
        booked = movement(payout, bank_reference="B-118", booked_at="2026-01-31")
        matches = reconciler.matches([payout], booked, Period(), booked, Period())
        assert matches == [(Match.MATCHED, "key-number-1")]

    @pytest.mark.parametrize("bank_reference", ["", "B-119"])
    def test_reports_money_that_left_twice_in_two_statements(
        self, reconciler: Reconciler, bank_reference: str
    ) -> None:
        payout = completed("key-number-1")
        first = movement(payout, bank_reference=bank_reference and "B-118")
        second = movement(payout, bank_reference=bank_reference)
        matches = reconciler.matches([payout], first, Period(), second, Period())
        assert [match for match, _ in matches] == [Match.MATCHED, Match.UNEXPECTED]

    def test_reports_an_unreadable_entry_once_and_compares_the_rest(
        self, reconciler: Reconciler
    ) -> None:
        ours = [completed("key-number-1"), completed("key-number-2")]
        damaged = UnreadableEntry(
            place="entry 1", problem="it has no amount", reference=ours[0].order.reference
        )
        nameless = UnreadableEntry(place="entry 2", problem="it has no amount")
        assert reconciler.matches(ours, damaged, nameless, movement(ours[1])) == [
            (Match.UNREADABLE, "key-number-1"),
            (Match.UNREADABLE, ""),
            (Match.MATCHED, "key-number-2"),
        ]

    def test_reports_a_payout_with_only_a_return_as_missing(self, reconciler: Reconciler) -> None:
        payout = completed("key-number-1")
        back = movement(payout, is_credit=True)
        matches = [match for match, _ in reconciler.matches([payout], back)]
        assert matches == [Match.RETURNED, Match.MISSING]
