from decimal import Decimal
from typing import Any

import pytest
from tests.unit.samples import a_claimed_payout, a_payout, money

from payouts.domain.payout import Payout
from payouts.domain.statement import (
    Match,
    StatementEntry,
    UnreadableEntry,
    compare,
    missing_at_bank,
    unreadable,
)
from payouts.domain.status import PayoutStatus

COMPLETED = a_payout(status=PayoutStatus.COMPLETED, attempt=1)


def an_entry(**fields: Any) -> StatementEntry:
    given: dict[str, Any] = {
        "reference": COMPLETED.order.reference,
        "amount": Decimal("10.00"),
        "currency": "USD",
    }
    return StatementEntry(**(given | fields))


def judged(entry: StatementEntry, payout: Payout | None, *, is_repeated: bool = False) -> Any:
    finding = compare(entry, payout, is_repeated=is_repeated)
    return finding.match if finding else None


class TestCompare:
    @pytest.mark.parametrize("amount", ["10", "10.0", "10.00", "10.0000"])
    def test_matches_equal_money_in_any_notation(self, amount: str) -> None:
        assert judged(an_entry(amount=Decimal(amount)), COMPLETED) is Match.MATCHED

    @pytest.mark.parametrize(
        "fields", [{"amount": Decimal("10.01")}, {"amount": Decimal(100)}, {"currency": "EUR"}]
    )
    def test_reports_another_amount_or_currency(self, fields: dict[str, Any]) -> None:
        assert judged(an_entry(**fields), COMPLETED) is Match.DIFFERING

    @pytest.mark.parametrize(
        ("payout", "match"),
        [
            (a_payout(), Match.DIFFERING),
            (a_claimed_payout(), Match.OPEN),
            (a_claimed_payout(needs_review=True), Match.DIFFERING),
            (a_payout(status=PayoutStatus.FAILED), Match.DIFFERING),
            (a_payout(status=PayoutStatus.COMPLETED, is_deleted=True), Match.MATCHED),
        ],
    )
    def test_depends_on_the_status_of_the_payout(self, payout: Payout, match: Match) -> None:
        assert judged(an_entry(), payout) is match

    def test_reports_a_transfer_without_a_payout_as_unexpected(self) -> None:
        assert judged(an_entry(), None) is Match.UNEXPECTED

    def test_reports_the_second_transfer_as_unexpected(self) -> None:
        assert judged(an_entry(), COMPLETED, is_repeated=True) is Match.UNEXPECTED

    def test_ignores_other_credits(self) -> None:
        assert judged(an_entry(is_credit=True), None) is None

    def test_reads_a_credit_for_a_payout_as_a_return(self) -> None:
        finding = compare(an_entry(is_credit=True, reason="AC04"), COMPLETED, is_repeated=True)
        assert finding
        assert finding.match is Match.RETURNED
        assert "AC04" in finding.detail

    @pytest.mark.parametrize(
        "status", [PayoutStatus.NEW, PayoutStatus.PROCESSING, PayoutStatus.FAILED]
    )
    def test_reports_a_return_of_a_payout_that_is_not_completed(self, status: PayoutStatus) -> None:
        assert judged(an_entry(is_credit=True), a_payout(status=status)) is Match.DIFFERING


class TestMissingAtBank:
    def test_is_a_difference(self) -> None:
        assert missing_at_bank(COMPLETED).match.is_difference
        differences = {match for match in Match if match.is_difference}
        assert differences == {
            *(Match.MISSING, Match.UNEXPECTED, Match.DIFFERING, Match.UNREADABLE),
        }


class TestUnreadable:
    def test_contains_place_and_reason(self) -> None:
        entry = UnreadableEntry(place="entry 7 (line 81) of may.xml", problem="it has no amount")
        finding = unreadable(entry, COMPLETED)
        assert (finding.match, finding.payout) == (Match.UNREADABLE, COMPLETED)
        assert finding.detail == "Cannot read entry 7 (line 81) of may.xml: it has no amount."


def test_money_is_shown_as_the_bank_wrote_it() -> None:
    assert an_entry(amount=money("10.5").amount).money == "10.5 USD"
