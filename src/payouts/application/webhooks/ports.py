"""The ports of webhooks: what their use cases need from the outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from payouts.domain.webhooks.retries import Answer
from payouts.domain.webhooks.url import WebhookUrl


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and the secrets that sign it: two while one is being replaced."""

    url: str
    secrets: tuple[str, ...]


class Sender(Protocol):
    """Sends messages to endpoints."""

    def send(self, *, message_id: str, content: Mapping[str, Any], target: Target) -> Answer:
        """Send the message once, and return what came back; what went wrong is an answer too."""


class AddressCheck(Protocol):
    """Tells whether a URL may become that of an endpoint. Sending checks again, each time."""

    def ensure_allowed(self, url: WebhookUrl) -> None:
        """Raise WebhookAddressRefusedError or HttpsRequiredError."""
