"""The data that reads take and return. Rows become these views without entities in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from payouts.application.client_message import ClientMessage, MessageData
from payouts.domain.client_events import ClientEventType
from payouts.domain.history import EventType
from payouts.domain.masking import mask_account_numbers
from payouts.domain.payout import Payout
from payouts.domain.recipient import (
    AccountType,
    RecipientType,
    mask_account_number,
)
from payouts.domain.status import PayoutStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutView:
    """The public fields of a payout, in the order in which clients see them.

    This is their only list: the OpenAPI schema is derived from it, and SQL selects its fields by
    name. `amount` has all of its currency's decimals.
    """

    id: int
    recipient_id: int
    amount: str
    currency: str
    status: PayoutStatus
    recipient_name_snapshot: str
    account_number_snapshot: str
    bank_code_snapshot: str | None
    created_at: datetime
    updated_at: datetime
    reference: str
    failure_code: str | None
    failure_reason: str | None
    needs_review: bool
    idempotency_key: str
    returned_at: datetime | None
    metadata: Mapping[str, str]
    remittance_information: str | None

    def masked(self) -> Self:
        """Return it as users see it who may not see whole account numbers."""
        number = self.account_number_snapshot
        return replace(
            self,
            account_number_snapshot=mask_account_number(number),
            failure_reason=_mask_in(self.failure_reason, number),
            metadata={
                name: mask_account_numbers(text, number) for name, text in self.metadata.items()
            },
            remittance_information=_mask_in(self.remittance_information, number),
        )


def to_response(payout: Payout) -> PayoutView:
    """Show a payout that was just created or changed as reads show their rows."""
    order, failure = payout.order, payout.failure
    return PayoutView(
        id=payout.id,
        recipient_id=order.terms.recipient_id,
        amount=order.terms.money.text,
        currency=order.terms.money.currency.code,
        status=payout.status,
        recipient_name_snapshot=order.recipient.name,
        account_number_snapshot=order.recipient.account_number.value,
        bank_code_snapshot=order.recipient.bank_code or None,
        created_at=payout.created_at,
        updated_at=payout.updated_at,
        reference=order.reference,
        failure_code=failure.code if failure else None,
        failure_reason=failure.reason or None if failure else None,
        needs_review=payout.needs_review,
        idempotency_key=order.idempotency_key.value,
        returned_at=payout.returned_at,
        metadata=order.terms.metadata,
        remittance_information=order.terms.remittance_information or None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event of a payout's history. The statuses are None if the status did not change."""

    type: EventType
    at: datetime
    actor: str
    from_status: PayoutStatus | None
    to_status: PayoutStatus | None
    reason: str | None
    attempt: int

    def masked(self, account_number: str) -> Self:
        """Hide the account number of its payout in the reason, a text of the bank or of a user."""
        return replace(self, reason=_mask_in(self.reason, account_number))


@dataclass(frozen=True, slots=True, order=True)
class EventPosition:
    """A place in the order of all events: after this event."""

    transaction_id: int
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEventView:
    """An event in the feed: a message with its own id, and that of its payout."""

    id: str
    type: ClientEventType
    timestamp: datetime
    payout_id: int
    data: MessageData

    @classmethod
    def of(cls, message: ClientMessage) -> Self:
        return cls(
            id=message.id,
            type=message.type,
            timestamp=message.timestamp,
            payout_id=message.data.payout_id,
            data=message.data,
        )


@dataclass(frozen=True, slots=True)
class ClientEventPage:
    """Messages, oldest first, and the position from which to go on."""

    messages: Sequence[ClientMessage]
    end: EventPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """The public fields of a recipient."""

    id: int
    external_id: str | None
    type: RecipientType
    name: str
    account_number: str
    account_type: AccountType
    bank_code: str | None
    country: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime

    def masked(self) -> Self:
        """Return it as users see it who may not see whole account numbers."""
        return replace(self, account_number=mask_account_number(self.account_number))


def _mask_in(text: str | None, account_number: str) -> str | None:
    return text and mask_account_numbers(text, account_number)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list: after this row towards older ones, or towards newer ones (`newer`)."""

    created_at: datetime
    id: int
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """Filters and place of a page. `created_after` is inclusive, `created_before` is not."""

    size: int
    position: Position | None = None
    status: PayoutStatus | None = None
    currency: str | None = None
    recipient_id: int | None = None
    idempotency_key: str | None = None
    needs_review: bool | None = None
    returned: bool | None = None
    include_deleted: bool = False
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Rows, and the positions at which the next and the previous page start."""

    rows: Sequence[Row]
    next: Position | None
    previous: Position | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """The state of the queue. `is_locked_out` means that the bank refuses our credentials."""

    oldest_due_seconds: float
    needs_review: int
    is_locked_out: bool


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many payouts have a status and a currency, without deleted ones."""

    status: PayoutStatus
    currency: str
    count: int


@dataclass(frozen=True, slots=True)
class EndpointBacklog:
    """The messages that wait for an endpoint of webhooks, of which up to 1,000 are counted.

    `oldest_seconds` is how long the oldest of them has waited, or 0.
    """

    endpoint_id: int
    is_enabled: bool
    waiting: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class CurrentStatistics:
    """The payouts as they are now. `oldest_due_seconds` is 0 if none is due."""

    counts: Sequence[StatusCount]
    oldest_due_seconds: float
    needs_review: int
    webhooks: Sequence[EndpointBacklog] = ()


@dataclass(frozen=True, slots=True)
class DailyTotal:
    """The payouts that became COMPLETED or FAILED on a day, in UTC; deleted ones too."""

    day: date
    status: PayoutStatus
    currency: str
    count: int
    amount: Decimal
