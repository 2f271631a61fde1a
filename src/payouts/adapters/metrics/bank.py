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

    def send(self, order: PayoutOrder) -> BankAnswer:
        return self._measure("send", self.bank.send, order)

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        return self._measure("look_up", self.bank.look_up, order)

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
