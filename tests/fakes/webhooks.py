"""Stand-ins for what delivers webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from payouts.application.webhooks.ports import Attempt, EndpointHealth, Target
from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import Answer

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass
class FakeSender:
    """Remembers what was sent."""

    answer: Answer
    sent: list[tuple[str, Mapping[str, Any], Target]] = field(default_factory=list)

    def send(self, *, message_id: str, content: Mapping[str, Any], target: Target) -> Answer:
        self.sent.append((message_id, content, target))
        return self.answer


@dataclass
class FakeDeliveries:
    """Events that wait for one endpoint, and attempts that were recorded."""

    events: int = 0
    failing_for: timedelta | None = None
    is_removed: bool = False
    recorded: list[Attempt] = field(default_factory=list)

    def fan_out(self, *, endpoint_id: int, size: int, max_due: int) -> int:
        assert endpoint_id
        read = min(size, self.events, max_due)
        self.events -= read
        return read

    def record(self, *, endpoint_id: int, attempts: Sequence[Attempt]) -> EndpointHealth | None:
        assert endpoint_id
        self.recorded.extend(attempts)
        if self.is_removed:
            return None
        return EndpointHealth(None if self.failing_for is None else NOW - self.failing_for, NOW)


@dataclass
class FakeEndpoints:
    disabled: dict[int, DisabledReason] = field(default_factory=dict)

    def disable(self, *, endpoint_id: int, reason: DisabledReason) -> bool:
        self.disabled[endpoint_id] = reason
        return True
