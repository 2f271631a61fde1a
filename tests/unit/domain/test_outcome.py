"""What each answer of the bank does to a payout."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.samples import a_claimed_payout, a_transfer, an_order

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
from payouts.domain.money import Currency, Money
from payouts.domain.outcome import apply_answer, request_review
from payouts.domain.payout import Deferral, Failure
from payouts.domain.retry_policy import RetryPolicy
from payouts.domain.status import PayoutStatus

POLICY = RetryPolicy()
SETTLED, PENDING, REJECTED = (
    TransferStatus.SETTLED,
    TransferStatus.PENDING,
    TransferStatus.REJECTED,
)


class TestApplyAnswer:
    def test_completes_a_settled_transfer(self) -> None:
        payout = a_claimed_payout()
        outcome = apply_answer(payout, a_transfer(payout.order, SETTLED), POLICY)
        assert outcome.payout.status is PayoutStatus.COMPLETED
        assert (outcome.event, outcome.due_in_seconds) == (EventType.COMPLETED, None)

    def test_fails_a_rejected_transfer_with_the_banks_reason(self) -> None:
        payout = a_claimed_payout()
        outcome = apply_answer(payout, a_transfer(payout.order, REJECTED, reason="AC04"), POLICY)
        assert outcome.payout.status is PayoutStatus.FAILED
        assert outcome.payout.failure == Failure("AC04", "The bank rejected the transfer.")
        assert (outcome.event, outcome.due_in_seconds) == (EventType.FAILED, None)

    def test_fails_a_refused_order(self) -> None:
        outcome = apply_answer(a_claimed_payout(), Refused("AM02", "Too much."), POLICY)
        assert outcome.payout.failure == Failure("AM02", "Too much.")

    def test_asks_again_when_a_refusal_follows_an_open_attempt(self) -> None:
        refused = Refused("AM02", "Too much.")
        first = apply_answer(a_claimed_payout(attempt=3, open_attempts=2), refused, POLICY)
        assert first.payout.status is PayoutStatus.PROCESSING
        assert (first.payout.deferral, first.payout.open_attempts) == (Deferral.REFUSED, 1)
        claimed_again = replace(first.payout, attempt=4, open_attempts=2)
        second = apply_answer(claimed_again, refused, POLICY)
        assert second.payout.failure == Failure("AM02", "Too much.")

    @pytest.mark.parametrize("status", TransferStatus)
    @pytest.mark.parametrize(
        "wrong",
        [{"reference": "another"}, {"amount": Decimal("10.01")}, {"currency": "EUR"}],
    )
    def test_trusts_no_answer_for_another_transfer(
        self, status: TransferStatus, wrong: dict[str, object]
    ) -> None:
        payout = a_claimed_payout()
        outcome = apply_answer(payout, a_transfer(payout.order, status, **wrong), POLICY)
        assert outcome.payout.status is PayoutStatus.PROCESSING
        assert outcome.payout.deferral is Deferral.UNKNOWN

    @pytest.mark.parametrize("minor_units", [0, 2, 4])
    def test_accepts_a_currency_that_iso_4217_has_dropped_or_changed(
        self, minor_units: int
    ) -> None:
        dropped = Money(Decimal(10), Currency("BGN", minor_units))
        payout = a_claimed_payout(order=an_order(money=dropped))
        transfer = a_transfer(payout.order, TransferStatus.SETTLED, amount=Decimal("10.00"))
        assert apply_answer(payout, transfer, POLICY).payout.status is PayoutStatus.COMPLETED

    @pytest.mark.parametrize(
        ("answer", "deferral", "open_attempts"),
        [
            (NotAccepted("busy"), Deferral.NOT_ACCEPTED, 2),
            (NotAuthorised("401"), Deferral.NOT_AUTHORISED, 2),
            (Unknown("time-out"), Deferral.UNKNOWN, 3),
            (NotKnown(), Deferral.UNKNOWN, 3),
        ],
    )
    def test_keeps_a_payout_processing_when_the_outcome_is_unknown(
        self, answer: BankAnswer, deferral: Deferral, open_attempts: int
    ) -> None:
        outcome = apply_answer(a_claimed_payout(attempt=5, open_attempts=3), answer, POLICY)
        assert outcome.payout.status is PayoutStatus.PROCESSING
        assert (outcome.payout.deferral, outcome.payout.open_attempts) == (deferral, open_attempts)
        assert outcome.event is EventType.DEFERRED
        assert outcome.due_in_seconds

    def test_sets_open_attempts_to_one_when_the_transfer_is_pending(self) -> None:
        payout = a_claimed_payout(attempt=9, open_attempts=8)
        outcome = apply_answer(payout, a_transfer(payout.order, PENDING), POLICY)
        assert (outcome.payout.deferral, outcome.payout.open_attempts) == (Deferral.PENDING, 1)

    def test_waits_for_retry_after_up_to_a_limit(self) -> None:
        payout = a_claimed_payout()
        assert apply_answer(payout, NotAccepted("busy", 30), POLICY).due_in_seconds == 30
        assert apply_answer(payout, NotAccepted("busy", 86400), POLICY).due_in_seconds == 60

    @given(st.sampled_from([NotAccepted("busy"), NotAuthorised("401"), Unknown("time-out")]))
    def test_never_fails_after_an_unclear_answer(self, answer: BankAnswer) -> None:
        assert apply_answer(a_claimed_payout(), answer, POLICY).payout.failure is None

    def test_marks_a_deferral_of_the_same_kind_as_a_repetition(self) -> None:
        first = apply_answer(a_claimed_payout(), Unknown("time-out"), POLICY)
        second = apply_answer(first.payout, Unknown("HTTP 500"), POLICY)
        third = apply_answer(second.payout, NotAccepted("busy"), POLICY)
        assert [each.is_repetition for each in (first, second, third)] == [False, True, False]


class TestRequestReview:
    def test_leaves_the_decision_to_a_person(self) -> None:
        outcome = request_review(a_claimed_payout(open_attempts=8))
        assert outcome.payout.needs_review
        assert outcome.payout.status is PayoutStatus.PROCESSING
        assert (outcome.event, outcome.due_in_seconds) == (EventType.NEEDS_REVIEW, None)
