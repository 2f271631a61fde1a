"""The ports of webhooks: what their use cases need from the outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypedDict

from payouts.application.client_message import ClientMessage
from payouts.application.read_models import Page, Position
from payouts.application.webhooks.read_models import (
    DeliveryView,
    EndpointView,
    EndpointWithSecret,
)
from payouts.domain.client_events import ClientEventType
from payouts.domain.webhooks.endpoint import DisabledReason, EndpointDetails
from payouts.domain.webhooks.retries import Answer, Decision, DeliveryStatus
from payouts.domain.webhooks.url import WebhookUrl


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and the secrets that sign it: two while one is being replaced."""

    url: str
    secrets: tuple[str, ...]


class EndpointChanges(TypedDict, total=False):
    """The fields of an endpoint to change; absent fields stay as they are."""

    url: WebhookUrl
    event_types: Sequence[ClientEventType]
    description: str
    is_enabled: bool


class Endpoints(Protocol):
    """The endpoints. A method that gets the id of one raises WebhookNotFoundError."""

    def add(self, details: EndpointDetails, *, secret: str, actor: str) -> EndpointWithSecret:
        """Store an endpoint. It gets the events of all transactions that end from now on."""

    def change(self, *, endpoint_id: int, changes: EndpointChanges) -> EndpointView:
        """Change an endpoint. One that is enabled again goes on where it stopped."""

    def disable(self, *, endpoint_id: int, reason: DisabledReason) -> bool:
        """Return whether it was enabled until now. Its events wait for it."""

    def replace_secret(
        self, *, endpoint_id: int, secret: str, overlap: timedelta
    ) -> EndpointWithSecret:
        """Let the secret so far sign too for the time of the overlap."""

    def replay(self, *, endpoint_id: int, since: datetime) -> EndpointView:
        """Send all events from that time on again. What was not sent yet is sent in any case."""

    def remove(self, *, endpoint_id: int) -> None:
        """Remove the endpoint with its secrets. Its deliveries are no longer shown."""

    def target(self, *, endpoint_id: int) -> Target: ...

    def one(self, *, endpoint_id: int) -> EndpointView: ...

    def page(self, *, size: int, position: Position | None) -> Page[EndpointView]:
        """Return the newest endpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A delivery that only we may attempt until its lease expires."""

    id: int
    attempt: int
    failures: int
    message: ClientMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBatch:
    """Deliveries to one endpoint."""

    endpoint_id: int
    target: Target
    deliveries: Sequence[ClaimedDelivery]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came back for a delivery, and what becomes of it."""

    delivery: ClaimedDelivery
    answer: Answer
    decision: Decision


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """Since when an endpoint fails; both times by the database's clock."""

    failing_since: datetime | None
    now: datetime


class Deliveries(Protocol):
    """The queue of deliveries. Every change commits before the call returns."""

    def fan_out(self, *, endpoint_id: int, size: int, max_due: int) -> int:
        """Turn the next events of the endpoint into deliveries; return how many events were read.

        Reads nothing while `max_due` deliveries are due, or another process reads for this one.
        """

    def enabled_endpoints(self) -> Sequence[int]: ...

    def due_endpoints(self) -> Sequence[int]:
        """Return the enabled endpoints with deliveries that may be claimed now."""

    def claim(self, *, endpoint_id: int, limit: int, lease_seconds: float) -> ClaimedBatch | None:
        """Claim due deliveries, the longest waiting first; None if there are none.

        They become due again when the lease expires.
        """

    def record(self, *, endpoint_id: int, attempts: Sequence[Attempt]) -> EndpointHealth | None:
        """Store what became of deliveries, unless they have been claimed again in the meantime.

        Returns how the endpoint was before; None if it was removed.
        """

    def release(self, deliveries: Collection[ClaimedDelivery]) -> None:
        """Give deliveries back that were claimed and not attempted."""

    def resend(self, *, endpoint_id: int, delivery_id: int) -> DeliveryView:
        """Make a delivery due now, whatever became of it; raise DeliveryNotFoundError."""

    def one(self, *, endpoint_id: int, delivery_id: int) -> DeliveryView:
        """Raise WebhookNotFoundError or DeliveryNotFoundError."""

    def page(
        self,
        *,
        endpoint_id: int,
        size: int,
        position: Position | None,
        status: DeliveryStatus | None = None,
        event_type: ClientEventType | None = None,
    ) -> Page[DeliveryView]:
        """Return the newest deliveries; raise WebhookNotFoundError."""

    def remove_old(self, *, older_than: timedelta, limit: int) -> int:
        """Remove ended deliveries of that age, and those of removed endpoints; return how many."""


class Sender(Protocol):
    """Sends messages to endpoints."""

    def send(self, *, message_id: str, content: Mapping[str, Any], target: Target) -> Answer:
        """Send the message once, and return what came back; what went wrong is an answer too."""


class AddressCheck(Protocol):
    """Tells whether a URL may become that of an endpoint. Sending checks again, each time."""

    def ensure_allowed(self, url: WebhookUrl) -> None:
        """Raise WebhookAddressRefusedError or HttpsRequiredError."""
