"""Counts and times the exchanges with a bank."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from payouts.adapters.metrics.process_metrics import ProcessMetrics
from payouts.application.ports import Bank
from payouts.domain.bank_answer import (
    BankAnswer,
    NotAccepted,
    NotAuthorised,
    NotKnown,
    Refused,
    Transfer,
    TransferStatus,
    Unknown,
)
from payouts.domain.payout import PayoutOrder

_SEND, _LOOK_UP = _OPERATIONS = ("send", "look_up")
_OUTCOME_BY_ANSWER: Final = {
    Refused: "refused",
    NotAccepted: "not_accepted",
    NotAuthorised: "not_authorised",
    Unknown: "unknown",
    NotKnown: "not_known",
}
_OUTCOME_BY_STATUS: Final = {
    TransferStatus.SETTLED: "settled",
    TransferStatus.PENDING: "pending",
    TransferStatus.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class MeasuredBank:
    """Serve the port `Bank` by another bank, and measure it under `name`."""

    bank: Bank
    name: str
    metrics: ProcessMetrics

    def __post_init__(self) -> None:
        # Prometheus takes no notice of the first count of a series that was not there before.
        for outcome in (*_OUTCOME_BY_ANSWER.values(), *_OUTCOME_BY_STATUS.values()):
            for operation in _OPERATIONS:
                self.metrics.expect_bank_answer(
                    bank=self.name, operation=operation, outcome=outcome
                )

    def send(self, order: PayoutOrder) -> BankAnswer:
        return self._measure(_SEND, self.bank.send, order)

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        return self._measure(_LOOK_UP, self.bank.look_up, order)

    def _measure(
        self, operation: str, ask: Callable[[PayoutOrder], BankAnswer], order: PayoutOrder
    ) -> BankAnswer:
        started = perf_counter()
        answer = ask(order)
        self.metrics.bank_answered(
            bank=self.name,
            operation=operation,
            outcome=_outcome_of(answer),
            seconds=perf_counter() - started,
        )
        return answer


def _outcome_of(answer: BankAnswer) -> str:
    if isinstance(answer, Transfer):
        return _OUTCOME_BY_STATUS[answer.status]
    return _OUTCOME_BY_ANSWER[type(answer)]
