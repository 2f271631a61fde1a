"""What logs and metrics say of attempts to deliver webhooks."""

from typing import Final

import structlog

from payouts import bootstrap
from payouts.application.webhooks.ports import Attempt
from payouts.domain.webhooks.retries import DeliveryStatus

log = structlog.get_logger("payouts")

_OUTCOMES: Final = {
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.PENDING: "to_be_retried",
    DeliveryStatus.FAILED: "given_up",
}


def report(endpoint_id: int, attempt: Attempt) -> None:
    """Count it, and log failures. Successes are as many as events; the delivery log has them."""
    delivery, answer, decision = attempt.delivery, attempt.answer, attempt.decision
    bootstrap.metrics().webhook_attempted(
        outcome=_OUTCOMES[decision.status], seconds=answer.duration_seconds
    )
    is_delivered = decision.status is DeliveryStatus.DELIVERED
    write = log.debug if is_delivered else log.info
    write(
        "webhook.delivered" if is_delivered else "webhook.failed",
        webhook_id=endpoint_id,
        delivery_id=delivery.id,
        message_id=delivery.message.id,
        attempt=delivery.attempt,
        status_code=answer.status_code,
        error=answer.error or None,
        duration_ms=round(answer.duration_seconds * 1000, 1),
        due_in_seconds=decision.due_in_seconds and round(decision.due_in_seconds),
    )
