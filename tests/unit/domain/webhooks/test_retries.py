from datetime import UTC, datetime, timedelta

import pytest

from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import (
    Answer,
    Decision,
    DeliveryStatus,
    decide,
    reason_to_disable,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)
FAILED = Answer(status_code=500, duration_seconds=0)


def answer(status_code: int, **values: float) -> Answer:
    return Answer(status_code=status_code, duration_seconds=0, **values)


class TestDecide:
    @pytest.mark.parametrize("status_code", [200, 201, 202, 204, 299])
    def test_delivers_with_any_2xx(self, status_code: int) -> None:
        decision = decide(answer(status_code), failures=7, jitter=0)
        assert decision == Decision(DeliveryStatus.DELIVERED)

    @pytest.mark.parametrize("status_code", [301, 302, 307, 308, 304, 400, 404, 410, 429, 500, 599])
    def test_tries_again_after_other_answers(self, status_code: int) -> None:
        decision = decide(answer(status_code), failures=0, jitter=0)
        assert decision == Decision(DeliveryStatus.PENDING, 5)

    def test_tries_again_after_no_answer(self) -> None:
        decision = decide(Answer(error="time-out", duration_seconds=15), failures=0, jitter=0)
        assert decision == Decision(DeliveryStatus.PENDING, 5)

    def test_waits_longer_after_each_failure_and_gives_up_after_the_eighth(self) -> None:
        decisions = [decide(FAILED, failures=failures, jitter=0) for failures in range(8)]
        delays = [decision.due_in_seconds for decision in decisions]
        assert delays == [5, 300, 1800, 7200, 18_000, 36_000, 36_000, None]
        assert decisions[-1].status is DeliveryStatus.FAILED

    def test_spreads_retries_by_up_to_a_fifth_and_never_earlier(self) -> None:
        delays = [decide(FAILED, failures=1, jitter=step / 10).due_in_seconds for step in range(11)]
        assert delays == sorted(delays)
        assert (delays[0], delays[-1]) == (300, 360)

    @pytest.mark.parametrize(("requested", "waits"), [(0, 5), (3, 5), (90, 90), (10**9, 36_000)])
    def test_waits_as_long_as_the_receiver_asks_within_bounds(
        self, requested: float, waits: float
    ) -> None:
        busy = answer(429, retry_after_seconds=requested)
        assert decide(busy, failures=0, jitter=0).due_in_seconds == waits


class TestReasonToDisable:
    def test_is_gone_at_the_first_410(self) -> None:
        assert reason_to_disable(answer(410), failing_since=None, now=NOW) is DisabledReason.GONE

    @pytest.mark.parametrize(
        ("failing_for", "reason"),
        [
            (timedelta(days=4, hours=23, minutes=59), None),
            (timedelta(days=5), DisabledReason.FAILING),
            (timedelta(days=50), DisabledReason.FAILING),
        ],
    )
    def test_is_failing_after_five_days_of_failures(
        self, failing_for: timedelta, reason: DisabledReason | None
    ) -> None:
        assert reason_to_disable(FAILED, failing_since=NOW - failing_for, now=NOW) is reason

    def test_is_none_after_a_first_failure_or_a_success(self) -> None:
        assert reason_to_disable(FAILED, failing_since=None, now=NOW) is None
        long_ago = NOW - timedelta(days=9)
        assert reason_to_disable(answer(200), failing_since=long_ago, now=NOW) is None

    def test_is_none_if_the_clock_has_jumped_back(self) -> None:
        later = NOW + timedelta(days=9)
        assert reason_to_disable(FAILED, failing_since=later, now=NOW) is None
