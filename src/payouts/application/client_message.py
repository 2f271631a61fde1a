"""The message that tells a client about an event, the same in the feed and by webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from payouts.domain.client_events import CLIENT_EVENT_TYPES, ClientEventType
from payouts.domain.history import EventType
from payouts.domain.masking import mask_account_numbers
from payouts.domain.status import PayoutStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageData:
    """The payout as the event left it. Of two messages, the one with the higher `sequence` counts.

    Later changes of the payout are not in it: everything is read from the event, or never changes.
    """

    payout_id: int
    sequence: int
    status: PayoutStatus
    reference: str
    idempotency_key: str
    amount: str
    currency: str
    failure_code: str | None
    failure_reason: str | None
    needs_review: bool
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMessage:
    """One event for clients. `id` identifies the event, whenever and however often it is sent."""

    id: str
    type: ClientEventType
    timestamp: datetime
    data: MessageData

    def masked(self, account_number: str) -> Self:
        """Hide the account number of its payout in the texts of the bank, of users and clients."""
        reason, metadata = self.data.failure_reason, self.data.metadata
        data = replace(
            self.data,
            failure_reason=reason and mask_account_numbers(reason, account_number),
            metadata={
                name: mask_account_numbers(text, account_number) for name, text in metadata.items()
            },
        )
        return replace(self, data=data)


def to_message(
    *,
    event_id: int,
    event: EventType,
    at: datetime,
    payout_id: int,
    reference: str,
    idempotency_key: str,
    amount: str,
    currency: str,
    metadata: Mapping[str, str],
    failure_code: str | None,
    failure_reason: str | None,
) -> ClientMessage:
    """Make the message of an event that is for clients.

    The failure is that of the payout today: once there is one, it never changes.
    """
    type_ = CLIENT_EVENT_TYPES[event]
    has_failed = type_ is ClientEventType.FAILED
    return ClientMessage(
        id=f"evt_{event_id}",
        type=type_,
        timestamp=at,
        data=MessageData(
            payout_id=payout_id,
            sequence=event_id,
            status=type_.status,
            reference=reference,
            idempotency_key=idempotency_key,
            amount=amount,
            currency=currency,
            failure_code=failure_code if has_failed else None,
            failure_reason=failure_reason if has_failed else None,
            needs_review=type_ is ClientEventType.NEEDS_REVIEW,
            metadata=metadata,
        ),
    )
