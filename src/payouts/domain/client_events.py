"""The events that clients get, in the feed and by webhooks, and the history that they come from."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from payouts.domain.history import EventType
from payouts.domain.status import PayoutStatus


class ClientEventType(StrEnum):
    """What a client is told.

    PROCESSING: a worker claimed the payout, or staff took it over or gave it back to the workers.
    """

    CREATED = "payout.created"
    PROCESSING = "payout.processing"
    COMPLETED = "payout.completed"
    FAILED = "payout.failed"
    NEEDS_REVIEW = "payout.needs_review"
    RETURNED = "payout.returned"

    @property
    def status(self) -> PayoutStatus:
        """Return the status of a payout right after the event, which follows from the type."""
        return _STATUSES[self]


_STATUSES: Final[Mapping[ClientEventType, PayoutStatus]] = MappingProxyType(
    {
        ClientEventType.CREATED: PayoutStatus.NEW,
        ClientEventType.PROCESSING: PayoutStatus.PROCESSING,
        ClientEventType.COMPLETED: PayoutStatus.COMPLETED,
        ClientEventType.FAILED: PayoutStatus.FAILED,
        ClientEventType.NEEDS_REVIEW: PayoutStatus.PROCESSING,
        ClientEventType.RETURNED: PayoutStatus.COMPLETED,
    }
)

# A claim is in the history only if it made a NEW payout PROCESSING, and only a NEW payout can be
# taken over. A retry ends the review, so clients that follow the messages have to get one. The
# other events of the history change nothing that messages show.
CLIENT_EVENT_TYPES: Final[Mapping[EventType, ClientEventType]] = MappingProxyType(
    {
        EventType.CREATED: ClientEventType.CREATED,
        EventType.CLAIMED: ClientEventType.PROCESSING,
        EventType.TAKEN_OVER: ClientEventType.PROCESSING,
        EventType.RETRIED: ClientEventType.PROCESSING,
        EventType.COMPLETED: ClientEventType.COMPLETED,
        EventType.FAILED: ClientEventType.FAILED,
        EventType.NEEDS_REVIEW: ClientEventType.NEEDS_REVIEW,
        EventType.RETURNED: ClientEventType.RETURNED,
    }
)
