"""Record what came back from an endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass

from payouts.application.webhooks.ports import Attempt, Deliveries, EndpointHealth, Endpoints
from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import reason_to_disable


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempts:
    """Store what became of deliveries to one endpoint, and disable it if that calls for it.

    Return whether it gets no more messages: because it was disabled now, or removed.
    """

    deliveries: Deliveries
    endpoints: Endpoints

    def __call__(self, *, endpoint_id: int, attempts: Sequence[Attempt]) -> bool:
        health = self.deliveries.record(endpoint_id=endpoint_id, attempts=attempts)
        if health is None:
            return True
        reason = _reason_to_disable(attempts, health)
        if reason:
            self.endpoints.disable(endpoint_id=endpoint_id, reason=reason)
        return reason is not None


def _reason_to_disable(
    attempts: Sequence[Attempt], health: EndpointHealth
) -> DisabledReason | None:
    """One success among the attempts means that the endpoint has not failed all the time."""
    has_success = any(attempt.answer.is_success for attempt in attempts)
    failing_since = None if has_success else health.failing_since
    reasons = (
        reason_to_disable(attempt.answer, failing_since=failing_since, now=health.now)
        for attempt in attempts
    )
    return next(filter(None, reasons), None)
