from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.samples import a_claimed_payout, an_order

from payouts.domain.payout import Deferral
from payouts.domain.retry_policy import RetryPolicy

POLICY = RetryPolicy()


class TestRetryPolicy:
    @given(st.integers(min_value=1, max_value=10_000))
    def test_waits_longer_from_attempt_to_attempt_up_to_a_limit(self, attempt: int) -> None:
        earlier = a_claimed_payout(attempt=attempt, deferral=Deferral.UNKNOWN)
        later = replace(earlier, attempt=attempt + 1)
        assert 0.5 <= POLICY.delay_seconds(earlier) <= POLICY.delay_seconds(later) <= 10

    def test_spreads_the_retries_of_simultaneous_payouts(self) -> None:
        payouts = [
            a_claimed_payout(order=an_order(), attempt=9, deferral=Deferral.UNKNOWN)
            for _ in range(20)
        ]
        delays = [POLICY.delay_seconds(payout) for payout in payouts]
        assert len(set(delays)) > 10
        assert max(delays) - min(delays) > 0.5

    @pytest.mark.parametrize(
        ("count", "seconds"),
        [(1, 10), (2, 30), (3, 60), (4, 300), (5, 900), (6, 3600), (7, 3600), (1000, 3600)],
    )
    def test_looks_a_pending_transfer_up_at_growing_intervals(
        self, count: int, seconds: float
    ) -> None:
        pending = a_claimed_payout(deferral=Deferral.PENDING, pending_count=count)
        assert POLICY.delay_seconds(pending) == seconds

    def test_is_exhausted_after_seven_open_attempts(self) -> None:
        assert not POLICY.is_exhausted(a_claimed_payout(open_attempts=7))
        assert POLICY.is_exhausted(a_claimed_payout(open_attempts=8))
