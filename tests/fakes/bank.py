"""A bank that moves money once per reference, and gives the answers that a test sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from payouts.domain.bank_answer import BankAnswer, NotKnown, Transfer, TransferStatus, Unknown
from payouts.domain.payout import PayoutOrder


@dataclass
class MemoryBank:
    """`script` holds the next answers; None, or an empty script, means the true answer."""

    script: list[BankAnswer | None] = field(default_factory=list)
    ledger: dict[str, Transfer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def send(self, order: PayoutOrder) -> BankAnswer:
        self.asked.append("send")
        scripted = self._next()
        if isinstance(scripted, Unknown | None):
            # The bank has acted even if its answer is lost.
            self.ledger.setdefault(order.reference, _settled(order))
        return scripted or self.ledger[order.reference]

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        self.asked.append("look up")
        return self._next() or self.ledger.get(order.reference) or NotKnown()

    def _next(self) -> BankAnswer | None:
        return self.script.pop(0) if self.script else None


@dataclass
class OneCallback:
    """Reads the same transfer from every callback, and verifies no signature."""

    transfer: Transfer | None

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Transfer | None:
        return self.transfer


def _settled(order: PayoutOrder) -> Transfer:
    money = order.terms.money
    return Transfer(
        reference=order.reference,
        amount=money.amount,
        currency=money.currency.code,
        status=TransferStatus.SETTLED,
        reason="",
    )
