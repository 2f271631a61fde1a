"""How many requests to an endpoint run at the same time."""

import pytest

from payouts.domain.webhooks.pace import MAX_CONCURRENT, SLOW_SECONDS, Pace
from payouts.domain.webhooks.retries import Answer

QUICK = Answer(status_code=204, duration_seconds=0.1)
SLOW = Answer(status_code=204, duration_seconds=SLOW_SECONDS)
REFUSED = Answer(status_code=500, duration_seconds=0.1)
HUNG = Answer(error="No answer in time.", duration_seconds=15)
FIRST = Pace()


def after(*answers: Answer, pace: Pace = FIRST) -> Pace:
    for answer in answers:
        pace = pace.after(answer)
    return pace


class TestPace:
    def test_begins_with_one_delivery_in_hand(self) -> None:
        assert Pace().in_hand == 1

    def test_doubles_with_quick_successes_up_to_a_limit(self) -> None:
        assert [after(*[QUICK] * count).concurrent for count in range(6)] == [1, 2, 4, 8, 8, 8]

    @pytest.mark.parametrize("failure", [REFUSED, HUNG])
    def test_halves_with_failures_down_to_one(self, failure: Answer) -> None:
        busy = Pace(MAX_CONCURRENT)
        paces = [after(*[failure] * count, pace=busy) for count in range(5)]
        assert [pace.concurrent for pace in paces] == [8, 4, 2, 1, 1]
        assert [pace.is_failing for pace in paces] == [False, False, False, True, True]
        assert paces[-1].in_hand == 1

    def test_leaves_two_to_an_endpoint_that_is_only_slow(self) -> None:
        assert after(*[SLOW] * 9, pace=Pace(MAX_CONCURRENT)) == Pace(2)
        assert after(SLOW) == Pace(2)

    def test_pauses_after_several_failures_in_a_row(self) -> None:
        assert after(*[REFUSED] * 4).pause_seconds == 0
        assert after(*[REFUSED] * 5).pause_seconds == 1
        assert after(*[REFUSED] * 4, QUICK, REFUSED).pause_seconds == 0
        assert after(*[REFUSED] * 9, QUICK) == Pace(2)
