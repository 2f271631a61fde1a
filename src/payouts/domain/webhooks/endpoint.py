"""An endpoint: a URL of a client, and the events that it gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from payouts.domain.client_events import ClientEventType
from payouts.domain.webhooks.url import WebhookUrl

DESCRIPTION_LIMIT: Final = 255


class DisabledReason(StrEnum):
    """GONE: it answered 410. FAILING: nothing but failures for five days. MANUAL: by a person."""

    GONE = "GONE"
    FAILING = "FAILING"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDetails:
    """What an administrator chooses. No `event_types` means all, those of later versions too."""

    url: WebhookUrl
    event_types: Sequence[ClientEventType] = ()
    description: str = ""
