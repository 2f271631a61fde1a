from dataclasses import dataclass, field, replace

import pytest
from tests.fakes.bank import MemoryBank, OneCallback
from tests.fakes.payouts import MemoryPayouts
from tests.fakes.task_queue import CountingTaskQueue
from tests.unit.samples import a_recipient, a_request, a_transfer

from payouts.application.change_status import ChangeStatus
from payouts.application.drain_due import DrainDue
from payouts.application.handle_bank_callback import HandleBankCallback
from payouts.application.process_payout import ProcessPayout
from payouts.application.requeue_overdue import RequeueOverdue
from payouts.domain.bank_answer import BankAnswer, NotAccepted, TransferStatus, Unknown
from payouts.domain.history import EventType
from payouts.domain.payout import Payout, PayoutOrder
from payouts.domain.requeue_policy import RequeuePolicy
from payouts.domain.status import PayoutStatus


@pytest.fixture
def payout(payouts: MemoryPayouts) -> Payout:
    made = payouts.add(a_request(), actor="ursula")
    assert made
    return made


def status_of(payouts: MemoryPayouts, payout: Payout) -> PayoutStatus:
    return payouts.get(payout_id=payout.id).status


class TestProcessPayout:
    def test_completes_a_payout_that_the_bank_settles(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout
    ) -> None:
        process(payout_id=payout.id)
        assert status_of(payouts, payout) is PayoutStatus.COMPLETED
        assert payouts.history(payout.id) == [
            EventType.CREATED,
            EventType.CLAIMED,
            EventType.COMPLETED,
        ]

    def test_does_nothing_when_the_task_is_duplicated(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        process(payout_id=payout.id)
        assert process(payout_id=payout.id) is None
        assert bank.asked == ["send"]

    def test_does_nothing_while_another_worker_holds_the_lease(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        payouts.claim(payout_id=payout.id, lease_seconds=30)
        assert process(payout_id=payout.id) is None
        assert bank.asked == []

    def test_finds_the_transfer_when_the_answer_was_lost(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [Unknown("time-out")]
        process(payout_id=payout.id)
        assert status_of(payouts, payout) is PayoutStatus.PROCESSING
        payouts.clock += 60
        process(payout_id=payout.id)
        assert status_of(payouts, payout) is PayoutStatus.COMPLETED
        assert bank.asked == ["send", "look up"]

    def test_sends_a_lost_order_again_under_the_same_reference(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [Unknown("time-out")]
        process(payout_id=payout.id)
        bank.ledger.clear()
        payouts.clock += 60
        process(payout_id=payout.id)
        assert bank.asked == ["send", "look up", "send"]
        assert list(bank.ledger) == [payout.order.reference]

    def test_does_not_send_again_while_look_ups_are_unanswered(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [Unknown("time-out")] * 2
        process(payout_id=payout.id)
        payouts.clock += 60
        process(payout_id=payout.id)
        assert bank.asked == ["send", "look up"]

    def test_waits_before_it_asks_again(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [NotAccepted("busy", 30)]
        process(payout_id=payout.id)
        payouts.clock += 29
        assert process(payout_id=payout.id) is None
        payouts.clock += 1
        assert process(payout_id=payout.id)

    def test_looks_a_pending_transfer_up(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [a_transfer(payout.order, TransferStatus.PENDING)]
        process(payout_id=payout.id)
        bank.script = [a_transfer(payout.order, TransferStatus.SETTLED)]
        payouts.clock += 60
        process(payout_id=payout.id)
        assert bank.asked == ["send", "look up"]
        assert status_of(payouts, payout) is PayoutStatus.COMPLETED

    def test_looks_a_pending_transfer_up_at_growing_intervals_and_adds_one_event(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [a_transfer(payout.order, TransferStatus.PENDING)] * 100
        outcomes = []
        for _ in range(3 * 24 * 3600 // 10):
            if outcome := process(payout_id=payout.id):
                outcomes.append(outcome.due_in_seconds)
            payouts.clock += 10
        assert outcomes[:7] == [10, 30, 60, 300, 900, 3600, 3600]
        assert len(outcomes) < 80
        assert payouts.history(payout.id) == [
            EventType.CREATED,
            EventType.CLAIMED,
            EventType.DEFERRED,
        ]

    def test_keeps_a_pending_transfer_open_when_the_bank_was_unreachable(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [a_transfer(payout.order, TransferStatus.PENDING), NotAccepted("not there")]
        for _ in range(3):
            process(payout_id=payout.id)
            payouts.clock += 60
        assert bank.asked[:3] == ["send", "look up", "look up"]

    def test_requests_a_review_when_the_bank_never_gives_a_certain_answer(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [Unknown("time-out")] * 20
        for _ in range(20):
            process(payout_id=payout.id)
            payouts.clock += 60
        given_up = payouts.get(payout_id=payout.id)
        assert (given_up.needs_review, given_up.status) == (True, PayoutStatus.PROCESSING)
        assert len(bank.asked) == process.retry_policy.max_open_attempts

    def test_requests_a_review_when_every_worker_dies(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        for _ in range(process.retry_policy.max_open_attempts):
            assert payouts.claim(payout_id=payout.id, lease_seconds=30)
            payouts.clock += 31
        process(payout_id=payout.id)
        assert payouts.get(payout_id=payout.id).needs_review
        assert bank.asked == []

    def test_retries_without_end_when_the_bank_accepts_nothing(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [NotAccepted("not there")] * 50
        for _ in range(51):
            process(payout_id=payout.id)
            payouts.clock += 60
        assert status_of(payouts, payout) is PayoutStatus.COMPLETED


class TestInactiveRecipient:
    def test_is_not_paid(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        payouts.recipients[1] = a_recipient(is_active=False)
        process(payout_id=payout.id)
        failed = payouts.get(payout_id=payout.id)
        assert failed.failure
        assert failed.failure.code == "recipient_inactive"
        assert bank.asked == []

    def test_is_not_paid_when_the_bank_accepted_nothing_yet(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        bank.script = [NotAccepted("not there")]
        process(payout_id=payout.id)
        payouts.recipients[1] = a_recipient(is_active=False)
        payouts.clock += 60
        process(payout_id=payout.id)
        assert status_of(payouts, payout) is PayoutStatus.FAILED
        assert bank.ledger == {}

    @pytest.mark.parametrize("what_came_of_it", ["lost", "pending", "pending, then busy", "crash"])
    def test_is_looked_up_to_the_end_once_money_may_have_moved(
        self,
        process: ProcessPayout,
        payouts: MemoryPayouts,
        payout: Payout,
        bank: MemoryBank,
        what_came_of_it: str,
    ) -> None:
        pending = a_transfer(payout.order, TransferStatus.PENDING)
        scripts: dict[str, list[BankAnswer | None]] = {
            "lost": [Unknown("time-out")],
            "pending": [pending],
            "pending, then busy": [pending, NotAccepted("busy")],
        }
        if what_came_of_it == "crash":
            payouts.claim(payout_id=payout.id, lease_seconds=30)
        for answer in scripts.get(what_came_of_it, []):
            bank.script = [answer]
            process(payout_id=payout.id)
            payouts.clock += 60
        payouts.clock += 60
        payouts.recipients[1] = a_recipient(is_active=False)
        bank.script = [a_transfer(payout.order, TransferStatus.SETTLED)]
        process(payout_id=payout.id)
        assert status_of(payouts, payout) is PayoutStatus.COMPLETED
        assert bank.asked[-1] == "look up"

    def test_is_never_sent_again_even_if_the_bank_does_not_know_it(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        payouts.claim(payout_id=payout.id, lease_seconds=30)
        payouts.recipients[1] = a_recipient(is_active=False)
        for _ in range(20):
            payouts.clock += 60
            process(payout_id=payout.id)
        assert payouts.get(payout_id=payout.id).needs_review
        assert "send" not in bank.asked


@dataclass
class EagerBank(MemoryBank):
    """Sends a callback before it answers."""

    payouts: MemoryPayouts = field(kw_only=True)
    status: TransferStatus = field(kw_only=True)

    def send(self, order: PayoutOrder) -> BankAnswer:
        transfer = a_transfer(order, self.status)
        HandleBankCallback(payouts=self.payouts, callbacks=OneCallback(transfer))(
            headers={}, body=b""
        )
        return super().send(order)


class TestFence:
    def test_keeps_a_late_answer_as_evidence_only(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout, bank: MemoryBank
    ) -> None:
        class SlowBank(MemoryBank):
            """Before it answers, our lease expires and another worker ends the payout."""

            def send(self, order: object) -> BankAnswer:
                payouts.clock += 31
                process(payout_id=payout.id)
                return Unknown("time-out")

        late = replace(process, bank=SlowBank())
        assert late(payout_id=payout.id) is None
        assert status_of(payouts, payout) is PayoutStatus.COMPLETED
        assert payouts.history(payout.id)[-2:] == [EventType.COMPLETED, EventType.LATE_ANSWER]

    @pytest.mark.parametrize("answer", [None, Unknown("time-out")])
    def test_adds_nothing_when_the_callback_arrived_first(
        self,
        process: ProcessPayout,
        payouts: MemoryPayouts,
        payout: Payout,
        answer: BankAnswer | None,
    ) -> None:
        late = replace(
            process, bank=EagerBank(payouts=payouts, status=TransferStatus.SETTLED, script=[answer])
        )
        assert late(payout_id=payout.id) is None
        assert payouts.history(payout.id)[-1] is EventType.COMPLETED

    def test_keeps_an_answer_that_contradicts_the_callback(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout
    ) -> None:
        replace(process, bank=EagerBank(payouts=payouts, status=TransferStatus.REJECTED))(
            payout_id=payout.id
        )
        assert status_of(payouts, payout) is PayoutStatus.FAILED
        assert payouts.history(payout.id)[-2:] == [EventType.FAILED, EventType.LATE_ANSWER]

    def test_keeps_the_decision_of_a_person(
        self, process: ProcessPayout, payouts: MemoryPayouts, payout: Payout
    ) -> None:
        class SlowBank(MemoryBank):
            def send(self, order: object) -> BankAnswer:
                payouts.clock += 31
                ChangeStatus(payouts=payouts)(
                    payout_id=payout.id, status=PayoutStatus.FAILED, reason="seen", actor="stefan"
                )
                return a_transfer(payout.order, TransferStatus.SETTLED)

        replace(process, bank=SlowBank())(payout_id=payout.id)
        assert status_of(payouts, payout) is PayoutStatus.FAILED
        assert payouts.history(payout.id)[-1] is EventType.LATE_ANSWER


class TestRequeueOverdue:
    @pytest.fixture
    def requeue(self, payouts: MemoryPayouts, task_queue: CountingTaskQueue) -> RequeueOverdue:
        return RequeueOverdue(
            payouts=payouts, task_queue=task_queue, policy=RequeuePolicy(max_waiting=3)
        )

    def test_enqueues_a_payout_whose_task_was_lost(
        self,
        payouts: MemoryPayouts,
        payout: Payout,
        task_queue: CountingTaskQueue,
        requeue: RequeueOverdue,
    ) -> None:
        assert requeue() == 0
        payouts.clock += 10
        assert (requeue(), requeue()) == (1, 0)
        assert (task_queue.enqueued, task_queue.expiries) == ([payout.id], {30})
        payouts.clock += 30
        assert requeue() == 1

    def test_enqueues_a_payout_whose_worker_died(
        self, payouts: MemoryPayouts, payout: Payout, requeue: RequeueOverdue
    ) -> None:
        payouts.claim(payout_id=payout.id, lease_seconds=30)
        payouts.clock += 30
        assert requeue() == 1

    def test_limits_how_many_payouts_wait_in_the_broker(
        self, payouts: MemoryPayouts, process: ProcessPayout, requeue: RequeueOverdue
    ) -> None:
        for number in range(10):
            payouts.add(a_request(f"key-number-{number}"), actor="ursula")
        payouts.clock += 10
        assert (requeue(), requeue()) == (3, 0)
        process(payout_id=1)
        assert requeue() == 1


class TestDrainDue:
    def test_processes_each_due_payout_once(
        self, process: ProcessPayout, payouts: MemoryPayouts, bank: MemoryBank
    ) -> None:
        for number in range(5):
            payouts.add(a_request(f"key-number-{number}"), actor="ursula")
        bank.script = [NotAccepted("busy")]
        drain = DrainDue(payouts=payouts, process=process, batch_size=2)
        assert drain() == {EventType.DEFERRED: 1, EventType.COMPLETED: 4}
        assert len(bank.asked) == 5
