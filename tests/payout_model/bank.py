"""A bank that keeps its promises in the most awkward ways, and a ledger of what it moved."""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from tests.unit.samples import a_transfer, money

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


class Mood(Enum):
    """How the bank takes what it is asked next."""

    SETTLES = auto()
    PENDS = auto()
    REJECTS = auto()
    REFUSES = auto()
    IS_BUSY = auto()
    LOCKS_OUT = auto()
    HEARS_NOTHING = auto()
    LOSES_THE_ANSWER = auto()
    GARBLES_THE_ANSWER = auto()
    IS_LATE = auto()


_TAKEN_AS = {Mood.PENDS: TransferStatus.PENDING, Mood.REJECTS: TransferStatus.REJECTED}
_NOTHING_TAKEN: dict[Mood, BankAnswer] = {
    Mood.IS_BUSY: NotAccepted("busy"),
    Mood.LOCKS_OUT: NotAuthorised("wrong token"),
    Mood.HEARS_NOTHING: Unknown("line dropped"),
}


@dataclass
class ModelBank:
    """Moves money once per reference, and never for a reference that it has refused.

    But an order that it was sent before may be under way and not be known yet, and may be taken
    although a repetition of it was refused meanwhile.
    """

    ledger: list[PayoutOrder] = field(default_factory=list)
    told: dict[str, list[Transfer]] = field(default_factory=dict)
    orders: dict[str, PayoutOrder] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def send(self, order: PayoutOrder, mood: Mood) -> BankAnswer:
        if mood in _NOTHING_TAKEN:
            return _NOTHING_TAKEN[mood]
        if order.reference not in self.told:
            if mood is Mood.REFUSES or order.reference in self.refused:
                self.refused.add(order.reference)
                return Refused("AC01", "no such account")
            if mood is Mood.IS_LATE:
                self.orders[order.reference] = order
                self.under_way.add(order.reference)
                return Unknown("time-out")
            self._take(order, _TAKEN_AS.get(mood, TransferStatus.SETTLED))
        return self._tell(order, mood)

    def look_up(self, order: PayoutOrder, mood: Mood) -> BankAnswer:
        if mood in _NOTHING_TAKEN:
            return _NOTHING_TAKEN[mood]
        return self._tell(order, mood) if order.reference in self.told else NotKnown()

    def take_late_order(self, reference: str) -> None:
        """Do what is long overdue: nothing is under way for as long as a refusal is doubted."""
        if reference in self.under_way:
            self._take(self.orders[reference], TransferStatus.SETTLED)

    def move_on(self, reference: str, *, rejects: bool) -> None:
        """Take what is under way, or bring what is pending to its end."""
        end = TransferStatus.REJECTED if rejects else TransferStatus.SETTLED
        if reference in self.under_way or self.status(reference) is TransferStatus.PENDING:
            self._take(self.orders[reference], end)

    @property
    def unfinished(self) -> list[str]:
        """What is under way, or pending."""
        pending = [each for each in self.told if self.status(each) is TransferStatus.PENDING]
        return [each for each in self.orders if each in self.under_way or each in pending]

    def status(self, reference: str) -> TransferStatus | None:
        told = self.told.get(reference)
        return told[-1].status if told else None

    def payments(self) -> Counter[str]:
        """How often money has moved, by what was asked for, under whatever reference."""
        return Counter(order.idempotency_key.value for order in self.ledger)

    def _take(self, order: PayoutOrder, status: TransferStatus) -> None:
        self.orders[order.reference] = order
        self.under_way.discard(order.reference)
        states = self.told.setdefault(order.reference, [])
        if states and states[-1].status is not TransferStatus.PENDING:
            return
        states.append(a_transfer(order, status, reason="AC04"))
        if status is TransferStatus.SETTLED:
            self.ledger.append(order)

    def _tell(self, order: PayoutOrder, mood: Mood) -> BankAnswer:
        transfer = self.told[order.reference][-1]
        if mood is Mood.LOSES_THE_ANSWER:
            return Unknown("line dropped")
        if mood is Mood.GARBLES_THE_ANSWER:
            # As if it were of another transfer: nothing in it is true of ours.
            is_settled = transfer.status is TransferStatus.SETTLED
            status = TransferStatus.REJECTED if is_settled else TransferStatus.SETTLED
            return replace(transfer, money=money("99.99"), status=status)
        return transfer
