"""Transfer orders, and the transfers that the bank makes of them."""

import time
from dataclasses import dataclass
from enum import StrEnum


class TransferStatus(StrEnum):
    """Codes of ISO 20022 (ExternalPaymentTransactionStatus1Code)."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrder:
    """The order of a client; `amount` has all decimals of the currency."""

    reference: str
    amount: str
    currency: str
    name: str
    account: str
    agent: str
    remittance_information: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An order that the bank has recorded.

    The final status is decided when the order is recorded and becomes visible at `final_at`, in
    seconds of Unix time. No process has to end a pending transfer, so a restart delays none.
    """

    id: str
    order: TransferOrder
    final_status: TransferStatus
    final_reason: str | None
    final_at: float

    @property
    def is_pending(self) -> bool:
        return time.time() < self.final_at

    def to_json(self) -> dict[str, str | None]:
        """Return the transfer as clients see it now."""
        is_pending = self.is_pending
        return {
            "id": self.id,
            "reference": self.order.reference,
            "status": TransferStatus.PENDING if is_pending else self.final_status,
            "reason": None if is_pending else self.final_reason,
            "amount": self.order.amount,
            "currency": self.order.currency,
            "remittance_information": self.order.remittance_information,
        }
