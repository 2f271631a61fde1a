"""Transfers of the bank, for tests that need some."""

from decimal import Decimal

from sandbox_bank.transfer import Settlement, Transfer, TransferOrder, TransferStatus

REFUSED = Settlement(outcome=TransferStatus.REJECTED, reason="AC04")


def a_transfer_order(reference: str = "try-1") -> TransferOrder:
    return TransferOrder(
        reference=reference,
        amount=Decimal("100.00"),
        currency="EUR",
        name="Ann Example",
        account="DE00 1234",
        agent="",
    )


def a_transfer(
    settlement: Settlement | None = None, *, reference: str = "try-1", after_seconds: float = 0
) -> Transfer:
    settlement = settlement or Settlement(after_seconds=after_seconds)
    return Transfer.take(a_transfer_order(reference), settlement)
