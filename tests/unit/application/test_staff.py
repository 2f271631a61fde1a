from itertools import product
from typing import Any

import pytest
from tests.fakes.payouts import MemoryPayouts
from tests.unit.samples import a_request

from payouts.application.change_status import ChangeStatus
from payouts.application.delete_payout import DeletePayout
from payouts.domain.errors import (
    InvalidTransitionError,
    PayoutInFlightError,
    PayoutNotFoundError,
    PayoutProcessingError,
)
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Failure, Payout
from payouts.domain.status import TRANSITIONS, PayoutStatus

WAYS = {
    PayoutStatus.NEW: [],
    PayoutStatus.PROCESSING: [PayoutStatus.PROCESSING],
    PayoutStatus.COMPLETED: [PayoutStatus.PROCESSING, PayoutStatus.COMPLETED],
    PayoutStatus.FAILED: [PayoutStatus.FAILED],
}


@pytest.fixture
def change(payouts: MemoryPayouts) -> ChangeStatus:
    return ChangeStatus(payouts=payouts)


def make(payouts: MemoryPayouts, change: ChangeStatus, status: PayoutStatus) -> int:
    made = payouts.add(a_request(), actor="ursula")
    assert made
    for step in WAYS[status]:
        change(payout_id=made.id, status=step, reason="", actor="stefan")
    return made.id


class TestChangeStatus:
    @pytest.mark.parametrize(("current", "requested"), list(product(PayoutStatus, repeat=2)))
    def test_follows_the_graph_for_every_pair(
        self,
        payouts: MemoryPayouts,
        change: ChangeStatus,
        current: PayoutStatus,
        requested: PayoutStatus,
    ) -> None:
        payout_id = make(payouts, change, current)
        arguments: dict[str, Any] = {"status": requested, "reason": "why", "actor": "stefan"}
        if requested in TRANSITIONS[current]:
            assert change(payout_id=payout_id, **arguments).status is requested
            return
        with pytest.raises(InvalidTransitionError):
            change(payout_id=payout_id, **arguments)
        assert payouts.get(payout_id=payout_id).status is current

    def test_keeps_workers_from_a_taken_over_payout(
        self, payouts: MemoryPayouts, change: ChangeStatus
    ) -> None:
        payout_id = make(payouts, change, PayoutStatus.PROCESSING)
        assert list(payouts.due(batch_size=10)) == []
        assert payouts.claim(payout_id=payout_id, lease_seconds=30) is None
        assert payouts.history(payout_id) == [EventType.CREATED, EventType.TAKEN_OVER]

    def test_keeps_the_reason_of_a_failure(
        self, payouts: MemoryPayouts, change: ChangeStatus
    ) -> None:
        payout_id = make(payouts, change, PayoutStatus.NEW)
        failed = change(
            payout_id=payout_id, status=PayoutStatus.FAILED, reason="Fraud.", actor="stefan"
        )
        assert failed.failure == Failure("NARR", "Fraud.")

    def test_does_not_interfere_with_a_worker(
        self, payouts: MemoryPayouts, change: ChangeStatus
    ) -> None:
        payout_id = make(payouts, change, PayoutStatus.NEW)
        payouts.claim(payout_id=payout_id, lease_seconds=30)
        with pytest.raises(PayoutInFlightError):
            change(payout_id=payout_id, status=PayoutStatus.FAILED, reason="", actor="stefan")

    def test_fails_when_a_claim_came_first(self, payouts: MemoryPayouts) -> None:
        class Overtaken(MemoryPayouts):
            def save(self, **arguments: Any) -> Payout | None:
                super().claim(payout_id=1, lease_seconds=30)
                return super().save(**arguments)

        overtaken = Overtaken(recipients=payouts.recipients)
        payout_id = make(overtaken, ChangeStatus(payouts=overtaken), PayoutStatus.NEW)
        with pytest.raises(PayoutInFlightError):
            ChangeStatus(payouts=overtaken)(
                payout_id=payout_id, status=PayoutStatus.FAILED, reason="", actor="stefan"
            )


class Overtaken(MemoryPayouts):
    """Another user makes the same change right before each write."""

    def save(self, **arguments: Any) -> Payout | None:
        super().save(**arguments)
        return super().save(**arguments)


class TestConcurrentChange:
    def test_deletes_once(self, payouts: MemoryPayouts) -> None:
        overtaken = Overtaken(recipients=payouts.recipients)
        payout_id = make(overtaken, ChangeStatus(payouts=overtaken), PayoutStatus.NEW)
        with pytest.raises(PayoutNotFoundError):
            DeletePayout(payouts=overtaken)(payout_id=payout_id, actor="stefan")

    def test_changes_the_status_once(self, payouts: MemoryPayouts) -> None:
        overtaken = Overtaken(recipients=payouts.recipients)
        payout_id = make(overtaken, ChangeStatus(payouts=overtaken), PayoutStatus.NEW)
        with pytest.raises(InvalidTransitionError):
            ChangeStatus(payouts=overtaken)(
                payout_id=payout_id, status=PayoutStatus.FAILED, reason="", actor="stefan"
            )


class TestDeletePayout:
    def test_hides_the_payout(self, payouts: MemoryPayouts, change: ChangeStatus) -> None:
        payout_id = make(payouts, change, PayoutStatus.NEW)
        DeletePayout(payouts=payouts)(payout_id=payout_id, actor="stefan")
        with pytest.raises(PayoutNotFoundError):
            payouts.get(payout_id=payout_id)
        assert payouts.claim(payout_id=payout_id, lease_seconds=30) is None
        assert payouts.events[-1] == (
            payout_id,
            HistoryEntry(event=EventType.DELETED, actor="stefan"),
        )

    def test_refuses_a_processing_payout(
        self, payouts: MemoryPayouts, change: ChangeStatus
    ) -> None:
        payout_id = make(payouts, change, PayoutStatus.PROCESSING)
        with pytest.raises(PayoutProcessingError):
            DeletePayout(payouts=payouts)(payout_id=payout_id, actor="stefan")
