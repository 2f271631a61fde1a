"""When a delivery is tried again, and when deliveries to an endpoint end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from payouts.domain.webhooks.endpoint import DisabledReason

_MINUTE = 60.0
_HOUR = 60 * _MINUTE

RETRY_DELAYS_SECONDS: Final = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    10 * _HOUR,
)
"""How long to wait after each failure. The failure after the last of them is final."""

MAX_RETRY_AFTER_SECONDS: Final = max(RETRY_DELAYS_SECONDS)
DISABLED_AFTER: Final = timedelta(days=5)
_MAX_JITTER: Final = 0.2
SUCCESS_CODES: Final = range(200, 300)


class DeliveryStatus(StrEnum):
    """PENDING: not delivered yet, a retry included. FAILED: given up; a person may resend it."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. Without a status code, `error` says why nothing did.

    `excerpt` is the beginning of the body.
    """

    duration_seconds: float
    status_code: int | None = None
    error: str = ""
    excerpt: str = ""
    retry_after_seconds: float = 0

    @property
    def is_success(self) -> bool:
        """Any 2xx is a success. A redirect is not: it is never followed."""
        return self.status_code in SUCCESS_CODES

    @property
    def is_gone(self) -> bool:
        return self.status_code == HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a delivery. `due_in_seconds` is None if it is not tried again."""

    status: DeliveryStatus
    due_in_seconds: float | None = None


def decide(answer: Answer, *, failures: int, jitter: float) -> Decision:
    """Decide about a delivery that had failed `failures` times before this answer.

    `jitter`, from 0 to 1, spreads the retries: a delay grows by up to a fifth.
    """
    if answer.is_success:
        return Decision(DeliveryStatus.DELIVERED)
    if failures >= len(RETRY_DELAYS_SECONDS):
        return Decision(DeliveryStatus.FAILED)
    delay = RETRY_DELAYS_SECONDS[failures] * (1 + _MAX_JITTER * jitter)
    requested = min(answer.retry_after_seconds, MAX_RETRY_AFTER_SECONDS)
    return Decision(DeliveryStatus.PENDING, max(delay, requested))


def reason_to_disable(
    answer: Answer, *, failing_since: datetime | None, now: datetime
) -> DisabledReason | None:
    """Decide about an endpoint; both times are of one clock."""
    if answer.is_gone:
        return DisabledReason.GONE
    has_failed_long = failing_since is not None and now - failing_since >= DISABLED_AFTER
    if has_failed_long and not answer.is_success:
        return DisabledReason.FAILING
    return None
