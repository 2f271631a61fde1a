"""Send a test message to an endpoint."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from payouts.application.webhooks.ports import Endpoints, Sender
from payouts.application.webhooks.read_models import AnswerView

_MESSAGE_TYPE = "webhook.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTestMessage:
    """Send one message, which tells of no payout, and return what came back.

    An endpoint that is disabled can be tested too. Raises WebhookNotFoundError.
    """

    endpoints: Endpoints
    sender: Sender

    def __call__(self, *, endpoint_id: int) -> AnswerView:
        answer = self.sender.send(
            message_id=f"test_{uuid4().hex}",
            content={"type": _MESSAGE_TYPE, "timestamp": datetime.now(UTC), "data": {}},
            target=self.endpoints.target(endpoint_id=endpoint_id),
        )
        return AnswerView(
            status_code=answer.status_code,
            error=answer.error or None,
            duration_ms=round(answer.duration_seconds * 1000, 1),
            response_excerpt=answer.excerpt or None,
        )
