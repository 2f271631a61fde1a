from datetime import timedelta

import pytest
from tests.fakes.bank import MemoryBank
from tests.fakes.payouts import MemoryPayouts
from tests.fakes.task_queue import CountingTaskQueue
from tests.unit.samples import NOON, a_request

from payouts.application.change_status import ChangeStatus
from payouts.application.process_payout import ProcessPayout
from payouts.application.try_now import TryNow
from payouts.domain.bank_answer import Unknown
from payouts.domain.client_events import CLIENT_EVENT_TYPES
from payouts.domain.errors import (
    PayoutChangedError,
    PayoutInFlightError,
    PayoutNotWaitingError,
)
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Deferral
from payouts.domain.status import PayoutStatus


@pytest.fixture
def try_now(payouts: MemoryPayouts, task_queue: CountingTaskQueue) -> TryNow:
    return TryNow(payouts=payouts, task_queue=task_queue)


def make(payouts: MemoryPayouts) -> int:
    made = payouts.add(a_request(), actor="ursula")
    assert made
    return made.id


@pytest.fixture
def waiting(payouts: MemoryPayouts, bank: MemoryBank, process: ProcessPayout) -> int:
    """A payout that waits, because the bank gave no clear answer."""
    payout_id = make(payouts)
    bank.script = [Unknown("time-out")]
    process(payout_id=payout_id)
    assert not payouts.get(payout_id=payout_id).is_due
    return payout_id


class TestTryNow:
    def test_makes_a_waiting_payout_due_and_enqueues_it(
        self,
        payouts: MemoryPayouts,
        task_queue: CountingTaskQueue,
        try_now: TryNow,
        waiting: int,
    ) -> None:
        before = payouts.get(payout_id=waiting)
        after = try_now(payout_id=waiting, reason="the bank is back", actor="stefan")
        assert after.is_due
        assert (after.open_attempts, after.deferral) == (before.open_attempts, Deferral.UNKNOWN)
        assert task_queue.enqueued == [waiting]
        entry = HistoryEntry(
            event=EventType.TRY_REQUESTED, actor="stefan", reason="the bank is back"
        )
        assert payouts.events[-1] == (waiting, entry)

    def test_tells_clients_nothing(self) -> None:
        assert EventType.TRY_REQUESTED not in CLIENT_EVENT_TYPES

    def test_has_the_worker_look_the_transfer_up_before_it_sends(
        self, bank: MemoryBank, process: ProcessPayout, try_now: TryNow, waiting: int
    ) -> None:
        bank.asked.clear()
        try_now(payout_id=waiting, actor="stefan")
        process(payout_id=waiting)
        assert bank.asked[0] == "look up"

    def test_is_refused_the_second_time(self, try_now: TryNow, waiting: int) -> None:
        try_now(payout_id=waiting, actor="stefan")
        with pytest.raises(PayoutNotWaitingError, match="it is due already"):
            try_now(payout_id=waiting, actor="stella")

    def test_is_refused_while_a_worker_asks_the_bank(
        self, payouts: MemoryPayouts, try_now: TryNow
    ) -> None:
        payout_id = make(payouts)
        payouts.claim(payout_id=payout_id, lease_seconds=30)
        with pytest.raises(PayoutInFlightError):
            try_now(payout_id=payout_id, actor="stefan")

    @pytest.mark.parametrize(
        ("status", "explanation"),
        [(PayoutStatus.PROCESSING, "a person handles it"), (PayoutStatus.FAILED, "it is FAILED")],
    )
    def test_says_why_another_payout_waits_for_no_attempt(
        self, payouts: MemoryPayouts, try_now: TryNow, status: PayoutStatus, explanation: str
    ) -> None:
        payout_id = make(payouts)
        ChangeStatus(payouts=payouts)(
            payout_id=payout_id, status=status, reason="x", actor="stefan"
        )
        with pytest.raises(PayoutNotWaitingError, match=explanation):
            try_now(payout_id=payout_id, actor="stefan")

    def test_leaves_a_payout_that_needs_review_to_resolve(
        self, payouts: MemoryPayouts, try_now: TryNow, waiting: int
    ) -> None:
        before = payouts.get(payout_id=waiting)
        entry = HistoryEntry(event=EventType.NEEDS_REVIEW, actor="system")
        payouts.save(before=before, after=before.request_review(), entry=entry)
        with pytest.raises(PayoutNotWaitingError, match="resolve it"):
            try_now(payout_id=waiting, actor="stefan")

    def test_is_refused_if_the_payout_is_not_the_one_that_was_seen(
        self, payouts: MemoryPayouts, try_now: TryNow, waiting: int
    ) -> None:
        with pytest.raises(PayoutChangedError):
            try_now(
                payout_id=waiting, actor="stefan", expected_updated_at=NOON - timedelta(seconds=1)
            )
        assert payouts.history(waiting)[-1] is EventType.DEFERRED
        assert try_now(payout_id=waiting, actor="stefan", expected_updated_at=NOON).is_due
