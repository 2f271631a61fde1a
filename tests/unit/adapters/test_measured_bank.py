from typing import Any, get_args

import pytest
from tests.fakes.bank import MemoryBank
from tests.unit.samples import a_transfer, an_order

from payouts.adapters.metrics import MeasuredBank, ProcessMetrics
from payouts.domain.bank_answer import (
    BankAnswer,
    NotAccepted,
    NotAuthorised,
    NotKnown,
    Refused,
    TransferStatus,
    Unknown,
)

ORDER = an_order()
OUTCOMES: list[tuple[BankAnswer, str]] = [
    (a_transfer(ORDER, TransferStatus.SETTLED), "settled"),
    (a_transfer(ORDER, TransferStatus.PENDING), "pending"),
    (a_transfer(ORDER, TransferStatus.REJECTED), "rejected"),
    (Refused("AC01", "closed"), "refused"),
    (NotAccepted("busy"), "not_accepted"),
    (NotAuthorised("wrong token"), "not_authorised"),
    (Unknown("time-out"), "unknown"),
    (NotKnown(), "not_known"),
]


class Recorder(ProcessMetrics):
    def __init__(self) -> None:
        self.recorded: list[dict[str, Any]] = []
        self.expected: set[tuple[str, str, str]] = set()

    def expect_bank_answer(self, *, bank: str, operation: str, outcome: str) -> None:
        self.expected.add((bank, operation, outcome))

    def bank_answered(self, **facts: Any) -> None:
        self.recorded.append(facts)


class TestMeasuredBank:
    @pytest.mark.parametrize(("answer", "outcome"), OUTCOMES)
    def test_returns_the_answer_and_records_its_outcome(
        self, answer: BankAnswer, outcome: str
    ) -> None:
        metrics = Recorder()
        bank = MeasuredBank(MemoryBank([answer, answer]), name="main", metrics=metrics)
        assert bank.send(ORDER) is answer
        assert bank.look_up(ORDER) is answer
        sent, looked_up = metrics.recorded
        assert (sent["bank"], sent["operation"], sent["outcome"]) == ("main", "send", outcome)
        assert (looked_up["operation"], looked_up["outcome"]) == ("look_up", outcome)
        assert 0 <= sent["seconds"] < 1

    def test_expects_every_outcome(self) -> None:
        metrics = Recorder()
        MeasuredBank(MemoryBank(), name="main", metrics=metrics)
        assert metrics.expected == {
            ("main", operation, outcome)
            for operation in ("send", "look_up")
            for _, outcome in OUTCOMES
        }

    def test_knows_every_kind_of_answer(self) -> None:
        assert {type(answer) for answer, _ in OUTCOMES} == set(get_args(BankAnswer))
        assert len(OUTCOMES) == len(get_args(BankAnswer)) - 1 + len(TransferStatus)
