"""Endpoints and deliveries as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payouts.domain.client_events import ClientEventType
from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """The public fields of an endpoint. No `event_types` means all of them.

    `failing_since` is when the first of the failures was that no success has followed.
    """

    id: int
    url: str
    event_types: Sequence[ClientEventType]
    description: str | None
    is_enabled: bool
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointWithSecret(EndpointView):
    """An endpoint with its newest secret, which is shown when it was made and at no other time."""

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """The public fields of a delivery: one message for one endpoint, and what became of it."""

    id: int
    message_id: str
    event_type: ClientEventType
    payout_id: int
    status: DeliveryStatus
    attempts: int
    last_status_code: int | None
    last_error: str | None
    response_excerpt: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What came back from an endpoint after a test message. Without an answer `error` says why."""

    status_code: int | None
    error: str | None
    duration_ms: float
    response_excerpt: str | None
