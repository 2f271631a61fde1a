"""Send a message to its endpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from payouts.application.webhooks.ports import Attempt, ClaimedDelivery, Sender, Target
from payouts.domain.webhooks.retries import decide


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDelivery:
    """Send the message of a delivery once, and decide what becomes of the delivery.

    Nothing is stored. The message has the same id with each attempt.
    """

    sender: Sender
    jitter: Callable[[], float] = random

    def __call__(self, *, delivery: ClaimedDelivery, target: Target) -> Attempt:
        message = delivery.message
        answer = self.sender.send(
            message_id=message.id,
            content={"type": message.type, "timestamp": message.timestamp, "data": message.data},
            target=target,
        )
        decision = decide(answer, failures=delivery.failures, jitter=self.jitter())
        return Attempt(delivery, answer, decision)
