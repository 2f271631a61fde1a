from itertools import product

import pytest

from payouts.domain.errors import InvalidTransitionError
from payouts.domain.status import TRANSITIONS, PayoutStatus

N, P, C, F = (
    PayoutStatus.NEW,
    PayoutStatus.PROCESSING,
    PayoutStatus.COMPLETED,
    PayoutStatus.FAILED,
)
ALLOWED = {(N, P), (N, F), (P, C), (P, F)}


class TestPayoutStatus:
    @pytest.mark.parametrize(("current", "requested"), list(product(PayoutStatus, repeat=2)))
    def test_follows_the_graph_for_every_pair(
        self, current: PayoutStatus, requested: PayoutStatus
    ) -> None:
        if (current, requested) in ALLOWED:
            current.ensure_can_become(requested)
            return
        with pytest.raises(InvalidTransitionError) as caught:
            current.ensure_can_become(requested)
        assert (caught.value.current, caught.value.requested) == (current, requested)

    def test_has_a_row_in_the_table_for_each_state(self) -> None:
        assert set(TRANSITIONS) == set(PayoutStatus)

    def test_ends_in_completed_and_failed_only(self) -> None:
        assert {status for status in PayoutStatus if status.is_terminal} == {C, F}
