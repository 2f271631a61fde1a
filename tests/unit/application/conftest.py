import pytest
from tests.fakes.bank import MemoryBank
from tests.fakes.doorbell import CountingDoorbell
from tests.fakes.payouts import MemoryPayouts
from tests.unit.samples import a_recipient

from payouts.application.create_payout import CreatePayout
from payouts.application.process_payout import ProcessPayout
from payouts.domain.outcome import Patience


@pytest.fixture
def payouts() -> MemoryPayouts:
    return MemoryPayouts(recipients={1: a_recipient()})


@pytest.fixture
def doorbell() -> CountingDoorbell:
    return CountingDoorbell()


@pytest.fixture
def bank() -> MemoryBank:
    return MemoryBank()


@pytest.fixture
def create(payouts: MemoryPayouts, doorbell: CountingDoorbell) -> CreatePayout:
    return CreatePayout(
        payouts=payouts, doorbell=doorbell, currencies=frozenset({"USD", "EUR", "UAH"})
    )


@pytest.fixture
def process(payouts: MemoryPayouts, bank: MemoryBank) -> ProcessPayout:
    return ProcessPayout(payouts=payouts, bank=bank, patience=Patience(), lease_seconds=30)
