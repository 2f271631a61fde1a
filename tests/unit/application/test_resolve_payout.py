import pytest
from tests.fakes.bank import MemoryBank
from tests.fakes.payouts import MemoryPayouts
from tests.fakes.task_queue import CountingTaskQueue
from tests.unit.samples import a_request

from payouts.application.process_payout import ProcessPayout
from payouts.application.resolve_payout import ResolvePayout
from payouts.domain.bank_answer import BankAnswer, Unknown
from payouts.domain.errors import InvalidTransitionError, PayoutInFlightError, PayoutNotFoundError
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.manual_action import Resolution
from payouts.domain.status import PayoutStatus

# Two answers are lost for each attempt but the first, which only sends.
LOST: list[BankAnswer | None] = [Unknown("time-out")] * 15


@pytest.fixture
def resolve(payouts: MemoryPayouts, task_queue: CountingTaskQueue) -> ResolvePayout:
    return ResolvePayout(payouts=payouts, task_queue=task_queue)


def make(payouts: MemoryPayouts) -> int:
    made = payouts.add(a_request(), actor="ursula")
    assert made
    return made.id


@pytest.fixture
def in_review(payouts: MemoryPayouts, bank: MemoryBank, process: ProcessPayout) -> int:
    """A payout that the bank has paid without ever answering."""
    payout_id = make(payouts)
    bank.script = LOST.copy()
    while not payouts.get(payout_id=payout_id).needs_review:
        process(payout_id=payout_id)
        payouts.clock += 60
    bank.script.clear()
    bank.asked.clear()
    return payout_id


class TestResolvePayout:
    @pytest.mark.parametrize("resolution", [Resolution.COMPLETED, Resolution.FAILED])
    def test_ends_the_payout_and_keeps_actor_and_evidence(
        self,
        payouts: MemoryPayouts,
        task_queue: CountingTaskQueue,
        resolve: ResolvePayout,
        in_review: int,
        resolution: Resolution,
    ) -> None:
        ended = resolve(
            payout_id=in_review, resolution=resolution, evidence="statement 118", actor="stefan"
        )
        assert (ended.status, ended.needs_review) == (resolution, False)
        event = EventType(f"payout.{resolution.lower()}")
        last = HistoryEntry(event=event, actor="stefan", reason="statement 118")
        assert payouts.events[-1] == (in_review, last)
        assert (list(payouts.due(batch_size=1)), task_queue.enqueued) == ([], [])

    def test_retries_under_the_same_reference_and_looks_up_before_it_sends(
        self,
        *,
        payouts: MemoryPayouts,
        task_queue: CountingTaskQueue,
        bank: MemoryBank,
        process: ProcessPayout,
        resolve: ResolvePayout,
        in_review: int,
    ) -> None:
        reference = payouts.get(payout_id=in_review).order.reference
        resolve(
            payout_id=in_review, resolution=Resolution.RETRY, evidence="it is back", actor="stefan"
        )
        assert task_queue.enqueued == [in_review]
        assert payouts.history(in_review)[-1] is EventType.RETRIED

        process(payout_id=in_review)

        assert payouts.get(payout_id=in_review).status is PayoutStatus.COMPLETED
        assert bank.asked == ["look up"]
        assert list(bank.ledger) == [reference]

    def test_allows_a_retry_as_many_attempts_as_the_first_time(
        self,
        payouts: MemoryPayouts,
        bank: MemoryBank,
        process: ProcessPayout,
        resolve: ResolvePayout,
        in_review: int,
    ) -> None:
        resolve(payout_id=in_review, resolution=Resolution.RETRY, evidence="again", actor="stefan")
        bank.script = [Unknown("time-out")]
        process(payout_id=in_review)
        assert not payouts.get(payout_id=in_review).needs_review

    @pytest.mark.parametrize("resolution", Resolution)
    def test_is_refused_while_a_worker_asks_the_bank(
        self, payouts: MemoryPayouts, resolve: ResolvePayout, resolution: Resolution
    ) -> None:
        payout_id = make(payouts)
        payouts.claim(payout_id=payout_id, lease_seconds=30)
        with pytest.raises(PayoutInFlightError):
            resolve(payout_id=payout_id, resolution=resolution, evidence="x", actor="stefan")
        assert payouts.history(payout_id)[-1] is EventType.CLAIMED

    def test_is_refused_the_second_time(self, resolve: ResolvePayout, in_review: int) -> None:
        resolve(payout_id=in_review, resolution=Resolution.FAILED, evidence="x", actor="stefan")
        for resolution in Resolution:
            with pytest.raises(InvalidTransitionError):
                resolve(payout_id=in_review, resolution=resolution, evidence="y", actor="stella")

    def test_is_refused_for_an_unknown_payout(self, resolve: ResolvePayout) -> None:
        with pytest.raises(PayoutNotFoundError):
            resolve(payout_id=99, resolution=Resolution.RETRY, evidence="x", actor="stefan")
