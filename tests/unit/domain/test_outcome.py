"""The outcome table: what each answer of the bank makes of a payout."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.samples import a_claimed_payout, a_transfer, money

from payouts.domain.bank_answer import (
    BankAnswer,
    NotAccepted,
    NotAuthorised,
    NotKnown,
    Refused,
    TransferStatus,
    Unknown,
)
from payouts.domain.history import EventType
from payouts.domain.outcome import Patience, ask_for_review, conclude
from payouts.domain.payout import Deferral, Failure
from payouts.domain.status import PayoutStatus

PATIENCE = Patience()
SETTLED, PENDING, REJECTED = (
    TransferStatus.SETTLED,
    TransferStatus.PENDING,
    TransferStatus.REJECTED,
)


class TestConclude:
    def test_completes_what_the_bank_settled(self) -> None:
        payout = a_claimed_payout()
        outcome = conclude(payout, a_transfer(payout.order, SETTLED), PATIENCE)
        assert outcome.payout.status is PayoutStatus.COMPLETED
        assert (outcome.event, outcome.due_in_seconds) == (EventType.COMPLETED, None)

    def test_fails_with_the_banks_reason_what_it_rejected(self) -> None:
        payout = a_claimed_payout()
        outcome = conclude(payout, a_transfer(payout.order, REJECTED, reason="AC04"), PATIENCE)
        assert outcome.payout.status is PayoutStatus.FAILED
        assert outcome.payout.failure == Failure("AC04", "The bank rejected the transfer.")
        assert (outcome.event, outcome.due_in_seconds) == (EventType.FAILED, None)

    def test_fails_what_the_bank_never_took(self) -> None:
        outcome = conclude(a_claimed_payout(), Refused("AM02", "Too much."), PATIENCE)
        assert outcome.payout.failure == Failure("AM02", "Too much.")

    def test_asks_once_more_when_a_refusal_follows_an_order_that_may_be_under_way(self) -> None:
        refused = Refused("AM02", "Too much.")
        first = conclude(a_claimed_payout(attempt=3, open_attempts=2), refused, PATIENCE)
        assert first.payout.status is PayoutStatus.PROCESSING
        assert (first.payout.deferral, first.payout.open_attempts) == (Deferral.REFUSED, 1)
        claimed_again = replace(first.payout, attempt=4, open_attempts=2)
        second = conclude(claimed_again, refused, PATIENCE)
        assert second.payout.failure == Failure("AM02", "Too much.")

    @pytest.mark.parametrize("status", TransferStatus)
    @pytest.mark.parametrize(
        "wrong",
        [{"reference": "another"}, {"money": money("10.01")}, {"money": money(currency="EUR")}],
    )
    def test_trusts_no_answer_for_another_transfer(
        self, status: TransferStatus, wrong: dict[str, object]
    ) -> None:
        payout = a_claimed_payout()
        outcome = conclude(payout, a_transfer(payout.order, status, **wrong), PATIENCE)
        assert outcome.payout.status is PayoutStatus.PROCESSING
        assert outcome.payout.deferral is Deferral.UNKNOWN

    @pytest.mark.parametrize(
        ("answer", "deferral", "open_attempts"),
        [
            (NotAccepted("busy"), Deferral.NOT_ACCEPTED, 2),
            (NotAuthorised("401"), Deferral.NOT_AUTHORISED, 2),
            (Unknown("time-out"), Deferral.UNKNOWN, 3),
            (NotKnown(), Deferral.UNKNOWN, 3),
        ],
    )
    def test_keeps_processing_what_is_not_certain(
        self, answer: BankAnswer, deferral: Deferral, open_attempts: int
    ) -> None:
        outcome = conclude(a_claimed_payout(attempt=5, open_attempts=3), answer, PATIENCE)
        assert outcome.payout.status is PayoutStatus.PROCESSING
        assert (outcome.payout.deferral, outcome.payout.open_attempts) == (deferral, open_attempts)
        assert outcome.event is EventType.DEFERRED
        assert outcome.due_in_seconds

    def test_asks_a_pending_bank_again_with_new_patience(self) -> None:
        payout = a_claimed_payout(attempt=9, open_attempts=8)
        outcome = conclude(payout, a_transfer(payout.order, PENDING), PATIENCE)
        assert (outcome.payout.deferral, outcome.payout.open_attempts) == (Deferral.PENDING, 1)

    def test_waits_as_long_as_the_bank_wishes_but_not_for_ever(self) -> None:
        payout = a_claimed_payout()
        assert conclude(payout, NotAccepted("busy", 30), PATIENCE).due_in_seconds == 30
        assert conclude(payout, NotAccepted("busy", 86400), PATIENCE).due_in_seconds == 60

    @given(st.sampled_from([NotAccepted("busy"), NotAuthorised("401"), Unknown("time-out")]))
    def test_never_fails_on_doubt(self, answer: BankAnswer) -> None:
        assert conclude(a_claimed_payout(), answer, PATIENCE).payout.failure is None


class TestPatience:
    @given(st.integers(min_value=1, max_value=10_000))
    def test_waits_longer_from_attempt_to_attempt_up_to_a_limit(self, attempt: int) -> None:
        earlier = a_claimed_payout(attempt=attempt)
        later = replace(earlier, attempt=attempt + 1)
        assert 0.5 <= PATIENCE.backoff_seconds(earlier) <= PATIENCE.backoff_seconds(later) <= 10

    def test_ends_after_so_many_open_attempts(self) -> None:
        assert not PATIENCE.is_exhausted(a_claimed_payout(open_attempts=7))
        assert PATIENCE.is_exhausted(a_claimed_payout(open_attempts=8))

    def test_leaves_to_a_person_what_it_gave_up(self) -> None:
        outcome = ask_for_review(a_claimed_payout(open_attempts=8))
        assert outcome.payout.needs_review
        assert outcome.payout.status is PayoutStatus.PROCESSING
        assert (outcome.event, outcome.due_in_seconds) == (EventType.NEEDS_REVIEW, None)
