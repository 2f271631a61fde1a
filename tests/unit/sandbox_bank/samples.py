"""Transfers of the bank, for tests that need some."""

import time
from dataclasses import replace

from sandbox_bank.transfer import Transfer, TransferOrder, TransferStatus

A_TRANSFER_ORDER = TransferOrder(
    reference="try-1",
    amount="100.00",
    currency="EUR",
    name="Ann Example",
    account="DE00 1234",
    agent="",
    remittance_information=None,
)


def a_transfer_order(**changes: str) -> TransferOrder:
    return replace(A_TRANSFER_ORDER, **changes)


def a_transfer(reason: str | None = None, *, age_seconds: float = 0, **order: str) -> Transfer:
    """Make a transfer that ended `age_seconds` ago, refused if there is a reason."""
    return Transfer(
        id="7c0f3a3e9a1c4a0e8f3d0f7f5b1f9b52",
        order=a_transfer_order(**order),
        final_status=TransferStatus.REJECTED if reason else TransferStatus.SETTLED,
        final_reason=reason,
        final_at=time.time() - age_seconds,
    )
