from itertools import product
from typing import Any

import pytest
from tests.unit.samples import a_claimed_payout, a_payout

from payouts.domain.errors import InvalidTransitionError, PayoutInFlightError, ReasonRequiredError
from payouts.domain.history import EventType
from payouts.domain.manual_action import Resolution, change_status, resolve
from payouts.domain.payout import Deferral, Failure
from payouts.domain.status import PayoutStatus

NEW, PROCESSING, COMPLETED, FAILED = PayoutStatus
IN_REVIEW = a_claimed_payout(
    attempt=9, open_attempts=9, deferral=Deferral.UNKNOWN, is_leased=False, needs_review=True
)
POSSIBLE = {
    *product([PROCESSING], Resolution),
    (NEW, Resolution.FAILED),
}


class TestChangeStatus:
    def test_marks_a_payout_that_staff_took_over_before_any_worker(self) -> None:
        taken_over = change_status(a_payout(), status=PROCESSING, reason="by cheque")
        assert taken_over.payout.deferral is Deferral.MANUAL
        assert taken_over.event is EventType.TAKEN_OVER
        completed = change_status(taken_over.payout, status=COMPLETED, reason="")
        assert (completed.payout.deferral, completed.event) == ("", EventType.COMPLETED)

    @pytest.mark.parametrize("status", [COMPLETED, FAILED])
    @pytest.mark.parametrize(
        "known",
        [
            {"open_attempts": 1},
            {"open_attempts": 0, "needs_review": True},
            {"open_attempts": 1, "deferral": Deferral.PENDING},
            {"open_attempts": 3, "deferral": Deferral.UNKNOWN},
        ],
    )
    def test_needs_a_reason_to_end_a_payout_that_the_bank_may_know(
        self, status: PayoutStatus, known: dict[str, Any]
    ) -> None:
        payout = a_claimed_payout(is_leased=False, **known)
        with pytest.raises(ReasonRequiredError):
            change_status(payout, status=status, reason="")
        assert change_status(payout, status=status, reason="seen").reason == "seen"

    @pytest.mark.parametrize("status", [COMPLETED, FAILED])
    def test_needs_no_reason_to_end_a_payout_that_was_never_sent(
        self, status: PayoutStatus
    ) -> None:
        payout = a_claimed_payout(is_leased=False, open_attempts=0, deferral=Deferral.NOT_ACCEPTED)
        assert change_status(payout, status=status, reason="").payout.status is status

    def test_reports_in_flight_before_a_missing_reason(self) -> None:
        with pytest.raises(PayoutInFlightError):
            change_status(a_claimed_payout(), status=FAILED, reason="")

    def test_reports_an_invalid_transition_before_a_missing_reason(self) -> None:
        with pytest.raises(InvalidTransitionError):
            change_status(a_payout(status=COMPLETED, open_attempts=1), status=FAILED, reason="")


class TestResolve:
    @pytest.mark.parametrize(("status", "resolution"), list(product(PayoutStatus, Resolution)))
    def test_is_possible_where_the_graph_allows_it(
        self, status: PayoutStatus, resolution: Resolution
    ) -> None:
        payout = a_payout(status=status)
        if (status, resolution) in POSSIBLE:
            assert resolve(payout, resolution=resolution, evidence="seen").reason == "seen"
            return
        with pytest.raises(InvalidTransitionError) as caught:
            resolve(payout, resolution=resolution, evidence="seen")
        assert (caught.value.current, caught.value.requested) == (status, resolution)

    def test_ends_the_payout_with_the_given_outcome(self) -> None:
        paid = resolve(IN_REVIEW, resolution=Resolution.COMPLETED, evidence="statement 118")
        assert (paid.payout.status, paid.event) == (COMPLETED, EventType.COMPLETED)
        unpaid = resolve(IN_REVIEW, resolution=Resolution.FAILED, evidence="the bank wrote")
        assert (unpaid.payout.status, unpaid.event) == (FAILED, EventType.FAILED)
        assert unpaid.payout.failure == Failure("NARR", "the bank wrote")
        for outcome in (paid, unpaid):
            assert not outcome.payout.needs_review
            assert outcome.due_in_seconds is None

    def test_to_retry_is_due_at_once_and_keeps_an_attempt_open(self) -> None:
        outcome = resolve(IN_REVIEW, resolution=Resolution.RETRY, evidence="the bank is back")
        assert (outcome.event, outcome.due_in_seconds) == (EventType.RETRIED, 0)
        assert (outcome.payout.status, outcome.payout.needs_review) == (PROCESSING, False)
        assert outcome.payout.order == IN_REVIEW.order
        # The claim adds one. With more than one open attempt a worker looks up before it sends.
        assert outcome.payout.open_attempts == 1

    def test_to_retry_an_unsent_payout_opens_no_attempt(self) -> None:
        taken_over = change_status(a_payout(), status=PROCESSING, reason="").payout
        retried = resolve(taken_over, resolution=Resolution.RETRY, evidence="not by cheque").payout
        assert (retried.open_attempts, retried.deferral) == (0, Deferral.MANUAL)
