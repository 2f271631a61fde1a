"""The columns of an export. Another column is another line here."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from payouts.adapters.database.payout_search import PayoutRow

type Show = Callable[..., str]

AMOUNT: Final = "amount"


def _time(at: datetime | None) -> str:
    """Write ISO 8601 in UTC, to the second."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z" if at else ""


# The function gets the payout, and what turns a text into what the user may see of it.
COLUMNS: Final[dict[str, Callable[[PayoutRow, Show], str]]] = {
    "id": lambda payout, _: str(payout.id),
    "status": lambda payout, _: payout.status.value,
    "needs_review": lambda payout, _: "yes" if payout.needs_review else "no",
    AMOUNT: lambda payout, _: payout.money.text,
    "currency": lambda payout, _: payout.currency,
    "recipient_id": lambda payout, _: str(payout.recipient_id),
    "recipient_name": lambda payout, _: payout.recipient_name_snapshot,
    "account_number": lambda payout, show: show(payout.account_number_snapshot),
    "bank_code": lambda payout, _: payout.bank_code_snapshot,
    "remittance_information": lambda payout, show: show(payout.remittance_information),
    "reference": lambda payout, _: payout.reference,
    "idempotency_key": lambda payout, show: show(payout.idempotency_key),
    "failure_code": lambda payout, show: show(payout.failure_code),
    "failure_reason": lambda payout, show: show(payout.failure_reason),
    "attempts": lambda payout, _: str(payout.attempt),
    "created_at": lambda payout, _: _time(payout.created_at),
    "updated_at": lambda payout, _: _time(payout.updated_at),
    "completed_at": lambda payout, _: _time(payout.completed_at),
    "returned_at": lambda payout, _: _time(payout.returned_at),
    "deleted_at": lambda payout, _: _time(payout.deleted_at),
}
HEADER: Final = list(COLUMNS)


def to_cells(payout: PayoutRow, show: Callable[[str, str], str]) -> list[str]:
    """Return a row. `show` gets a text and the account number that it may contain."""

    def shown(text: str) -> str:
        return show(text, payout.account_number_snapshot) if text else ""

    return [column(payout, shown) for column in COLUMNS.values()]
