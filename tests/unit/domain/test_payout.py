import pytest
from tests.unit.samples import a_claimed_payout, a_payout, a_recipient, an_order

from payouts.domain.errors import (
    InvalidTransitionError,
    PayoutInFlightError,
    PayoutProcessingError,
    RecipientInactiveError,
)
from payouts.domain.payout import Deferral, Failure
from payouts.domain.status import PayoutStatus


class TestPayoutOrder:
    def test_has_a_reference_of_its_own_that_fits_iso_20022(self) -> None:
        references = {an_order().reference for _ in range(100)}
        assert len(references) == 100
        assert all(len(reference) <= 35 for reference in references)

    def test_is_refused_for_an_inactive_recipient(self) -> None:
        with pytest.raises(RecipientInactiveError):
            an_order(recipient=a_recipient(is_active=False))


class TestPayout:
    def test_returns_a_changed_copy(self) -> None:
        payout = a_payout(status=PayoutStatus.PROCESSING)
        assert payout.complete().status is PayoutStatus.COMPLETED
        assert payout.status is PayoutStatus.PROCESSING

    def test_keeps_the_reason_of_its_failure(self) -> None:
        failure = Failure("AC04", "The account is closed.")
        assert a_payout().fail(failure).failure == failure

    def test_does_not_complete_before_it_is_processed(self) -> None:
        with pytest.raises(InvalidTransitionError):
            a_payout().complete()

    @pytest.mark.parametrize("end", [PayoutStatus.COMPLETED, PayoutStatus.FAILED])
    def test_never_leaves_a_terminal_state(self, end: PayoutStatus) -> None:
        payout = a_payout(status=end)
        for step in (payout.complete, lambda: payout.fail(Failure("NARR", ""))):
            with pytest.raises(InvalidTransitionError):
                step()

    def test_needs_no_review_after_it_has_ended(self) -> None:
        payout = a_claimed_payout(needs_review=True, deferral=Deferral.UNKNOWN).complete()
        assert (payout.needs_review, payout.deferral) == (False, Deferral.NONE)

    @pytest.mark.parametrize(
        "status", [PayoutStatus.NEW, PayoutStatus.COMPLETED, PayoutStatus.FAILED]
    )
    def test_may_be_deleted_unless_it_is_processing(self, status: PayoutStatus) -> None:
        assert a_payout(status=status).delete().is_deleted

    def test_may_not_be_deleted_while_processing(self) -> None:
        with pytest.raises(PayoutProcessingError):
            a_claimed_payout().delete()

    def test_is_in_flight_while_leased(self) -> None:
        a_payout().ensure_not_in_flight()
        with pytest.raises(PayoutInFlightError):
            a_payout(is_leased=True).ensure_not_in_flight()
