"""What a client orders and what becomes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self
from uuid import uuid4


class TransferStatus(StrEnum):
    """ISO 20022 external payment transaction status codes."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrder:
    """Two orders are the same if all of it is equal; as amounts, 10.0 and 10.00 are."""

    reference: str
    amount: Decimal
    currency: str
    name: str
    account: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a transfer will end, and how long it is pending before; `reason` is an ISO code."""

    outcome: TransferStatus = TransferStatus.SETTLED
    reason: str | None = None
    after_seconds: float = 0


SETTLED_AT_ONCE: Final = Settlement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An order the bank has taken.

    Its end is fixed when it is taken and shows once `final_at` has come. So a pending transfer
    needs no process to end it, and a bank that was down meanwhile has missed nothing.
    """

    id: str
    order: TransferOrder
    outcome: TransferStatus
    reason: str | None
    final_at: datetime

    @classmethod
    def take(cls, order: TransferOrder, settlement: Settlement) -> Self:
        return cls(
            id=uuid4().hex,
            order=order,
            outcome=settlement.outcome,
            reason=settlement.reason,
            final_at=datetime.now(UTC) + timedelta(seconds=settlement.after_seconds),
        )

    @property
    def is_pending(self) -> bool:
        return datetime.now(UTC) < self.final_at

    @property
    def status(self) -> TransferStatus:
        return TransferStatus.PENDING if self.is_pending else self.outcome

    def as_answer(self) -> dict[str, str | None]:
        status = self.status
        return {
            "id": self.id,
            "reference": self.order.reference,
            "status": status.value,
            "reason": None if status is TransferStatus.PENDING else self.reason,
            "amount": f"{self.order.amount:f}",
            "currency": self.order.currency,
        }
