"""What a reader asks for and gets: rows on their way to clients, without entities between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from payouts.domain.status import PayoutStatus


class PayoutView(TypedDict):
    """A payout as clients see it; the amount has all of its currency's decimals."""

    id: int
    recipient_id: int
    amount: str
    currency: str
    status: str
    recipient_name_snapshot: str
    account_number_snapshot: str
    bank_code_snapshot: str | None
    created_at: datetime
    updated_at: datetime
    reference: str
    failure_code: str | None
    failure_reason: str | None
    needs_review: bool


class EventView(TypedDict):
    type: str
    at: datetime
    actor: str
    from_status: str | None
    to_status: str | None
    reason: str | None
    attempt: int


class RecipientView(TypedDict):
    id: int
    type: str
    name: str
    account_number: str
    bank_code: str | None
    country: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two rows of a list: right after the row, or right before it (`newer`)."""

    created_at: datetime
    id: int
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """Which page of the payouts. `created_after` is inclusive, `created_before` is not."""

    size: int
    position: Position | None = None
    status: PayoutStatus | None = None
    currency: str | None = None
    recipient_id: int | None = None
    idempotency_key: str | None = None
    needs_review: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Rows, newest first, and where the neighbouring pages start."""

    rows: Sequence[Row]
    next: Position | None
    previous: Position | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue is; `is_locked_out` tells that the bank refuses our credentials."""

    oldest_due_seconds: float
    needs_review: int
    is_locked_out: bool
