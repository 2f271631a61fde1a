"""A bank that keeps the contract and is otherwise as awkward as possible, with its ledger."""

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto

from tests.unit.samples import a_transfer

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


class Behaviour(Enum):
    """How the bank handles the next request."""

    SETTLES = auto()
    PENDS = auto()
    REJECTS = auto()
    REFUSES = auto()
    IS_BUSY = auto()
    REFUSES_TOKEN = auto()
    LOSES_REQUEST = auto()
    LOSES_ANSWER = auto()
    ANSWERS_WRONGLY = auto()
    ACCEPTS_LATE = auto()


_ACCEPTED_AS = {
    Behaviour.PENDS: TransferStatus.PENDING,
    Behaviour.REJECTS: TransferStatus.REJECTED,
}
_NOT_ACCEPTED: dict[Behaviour, BankAnswer] = {
    Behaviour.IS_BUSY: NotAccepted("busy"),
    Behaviour.REFUSES_TOKEN: NotAuthorised("wrong token"),
    Behaviour.LOSES_REQUEST: Unknown("connection lost"),
}


@dataclass
class ModelBank:
    """Moves money once per reference, and never for a reference that it has refused.

    The exception is an order that is still in transit: the bank does not know it yet, and may
    accept it although it has refused a repetition of it meanwhile.

    `states` holds what the bank has reported of each transfer, oldest first.
    """

    ledger: list[PayoutOrder] = field(default_factory=list)
    states: dict[str, list[Transfer]] = field(default_factory=dict)
    orders: dict[str, PayoutOrder] = field(default_factory=dict)
    in_transit: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)

    def send(self, order: PayoutOrder, behaviour: Behaviour) -> BankAnswer:
        self.requests[order.reference, "send"] += 1
        if behaviour in _NOT_ACCEPTED:
            return _NOT_ACCEPTED[behaviour]
        if order.reference not in self.states:
            if behaviour is Behaviour.REFUSES or order.reference in self.refused:
                self.refused.add(order.reference)
                return Refused("AC01", "no such account")
            if behaviour is Behaviour.ACCEPTS_LATE:
                self.orders[order.reference] = order
                self.in_transit.add(order.reference)
                return Unknown("time-out")
            self._accept(order, _ACCEPTED_AS.get(behaviour, TransferStatus.SETTLED))
        return self._answer(order, behaviour)

    def look_up(self, order: PayoutOrder, behaviour: Behaviour) -> BankAnswer:
        self.requests[order.reference, "look up"] += 1
        if behaviour in _NOT_ACCEPTED:
            return _NOT_ACCEPTED[behaviour]
        is_known = order.reference in self.states
        return self._answer(order, behaviour) if is_known else NotKnown()

    def accept_order_in_transit(self, reference: str) -> None:
        """Accept a late order: none stays in transit as long as a refusal is doubted."""
        if reference in self.in_transit:
            self._accept(self.orders[reference], TransferStatus.SETTLED)

    def finish(self, reference: str, *, rejects: bool) -> None:
        """Give the final status to an order in transit or a pending transfer."""
        final = TransferStatus.REJECTED if rejects else TransferStatus.SETTLED
        if reference in self.in_transit or self.status(reference) is TransferStatus.PENDING:
            self._accept(self.orders[reference], final)

    @property
    def unfinished(self) -> list[str]:
        """Return the references of orders in transit and of pending transfers."""
        pending = [each for each in self.states if self.status(each) is TransferStatus.PENDING]
        return [each for each in self.orders if each in self.in_transit or each in pending]

    def status(self, reference: str) -> TransferStatus | None:
        states = self.states.get(reference)
        return states[-1].status if states else None

    def payments(self) -> Counter[str]:
        """Count the payments by idempotency key, whatever reference they were made under."""
        return Counter(order.idempotency_key.value for order in self.ledger)

    def _accept(self, order: PayoutOrder, status: TransferStatus) -> None:
        self.orders[order.reference] = order
        self.in_transit.discard(order.reference)
        states = self.states.setdefault(order.reference, [])
        if states and states[-1].status is not TransferStatus.PENDING:
            return
        states.append(a_transfer(order, status, reason="AC04"))
        if status is TransferStatus.SETTLED:
            self.ledger.append(order)

    def _answer(self, order: PayoutOrder, behaviour: Behaviour) -> BankAnswer:
        transfer = self.states[order.reference][-1]
        if behaviour is Behaviour.LOSES_ANSWER:
            return Unknown("connection lost")
        if behaviour is Behaviour.ANSWERS_WRONGLY:
            # An answer about another transfer: no part of it is true of ours.
            is_settled = transfer.status is TransferStatus.SETTLED
            status = TransferStatus.REJECTED if is_settled else TransferStatus.SETTLED
            return replace(transfer, amount=Decimal("99.99"), status=status)
        return transfer
