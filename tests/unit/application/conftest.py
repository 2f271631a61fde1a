import pytest
from tests.fakes.bank import MemoryBank
from tests.fakes.payouts import MemoryPayouts
from tests.fakes.task_queue import CountingTaskQueue
from tests.unit.samples import a_recipient

from payouts.application.create_payout import CreatePayout
from payouts.application.process_payout import ProcessPayout
from payouts.domain.retry_policy import RetryPolicy


@pytest.fixture
def payouts() -> MemoryPayouts:
    return MemoryPayouts(recipients={1: a_recipient()})


@pytest.fixture
def task_queue() -> CountingTaskQueue:
    return CountingTaskQueue()


@pytest.fixture
def bank() -> MemoryBank:
    return MemoryBank()


@pytest.fixture
def create(payouts: MemoryPayouts, task_queue: CountingTaskQueue) -> CreatePayout:
    return CreatePayout(
        payouts=payouts, task_queue=task_queue, currencies=frozenset({"USD", "EUR", "UAH"})
    )


@pytest.fixture
def process(payouts: MemoryPayouts, bank: MemoryBank) -> ProcessPayout:
    return ProcessPayout(payouts=payouts, bank=bank, retry_policy=RetryPolicy(), lease_seconds=30)
