"""Sending messages, and what follows from what comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.webhooks import FakeDeliveries, FakeEndpoints, FakeSender

from payouts.application.client_message import to_message
from payouts.application.webhooks import fan_out
from payouts.application.webhooks.attempt_delivery import AttemptDelivery
from payouts.application.webhooks.fan_out import FanOut
from payouts.application.webhooks.ports import Attempt, ClaimedDelivery, Target
from payouts.application.webhooks.record_attempts import RecordAttempts
from payouts.domain.history import EventType
from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import Answer, Decision, DeliveryStatus

ENDPOINT_ID = 3
TARGET = Target("https://hooks.example/", ("whsec_of_a_test",))
MESSAGE = to_message(
    event_id=17,
    event=EventType.COMPLETED,
    at=datetime(2026, 11, 25, tzinfo=UTC),
    payout_id=5,
    reference="REF",
    idempotency_key="key",
    amount="10.00",
    currency="EUR",
    metadata={},
    failure_code=None,
    failure_reason=None,
)
SUCCESS = Answer(status_code=204, duration_seconds=0.1)
FAILURE = Answer(status_code=500, duration_seconds=0.1)
GONE = Answer(status_code=410, duration_seconds=0.1)


def a_delivery(*, failures: int = 0) -> ClaimedDelivery:
    return ClaimedDelivery(id=1, attempt=failures + 1, failures=failures, message=MESSAGE)


def attempt(answer: Answer, *, failures: int = 0) -> Attempt:
    use_case = AttemptDelivery(sender=FakeSender(answer), jitter=lambda: 0)
    return use_case(delivery=a_delivery(failures=failures), target=TARGET)


def record(deliveries: Any, *answers: Answer) -> tuple[bool, DisabledReason | None]:
    """Return whether the endpoint gets no more messages, and why it was disabled."""
    endpoints: Any = FakeEndpoints()
    use_case = RecordAttempts(deliveries=deliveries, endpoints=endpoints)
    has_ended = use_case(endpoint_id=ENDPOINT_ID, attempts=[attempt(each) for each in answers])
    return has_ended, endpoints.disabled.get(ENDPOINT_ID)


class TestFanOut:
    @pytest.mark.parametrize(
        ("events", "expected"),
        [(0, False), (fan_out.BATCH_SIZE - 1, False), (fan_out.BATCH_SIZE, True)],
    )
    def test_tells_whether_there_may_be_more_events(self, events: int, expected: bool) -> None:
        deliveries: Any = FakeDeliveries(events=events)
        assert FanOut(deliveries=deliveries)(endpoint_id=ENDPOINT_ID) is expected


class TestAttemptDelivery:
    def test_sends_the_message_under_the_id_of_its_event(self) -> None:
        sender = FakeSender(SUCCESS)
        AttemptDelivery(sender=sender)(delivery=a_delivery(), target=TARGET)
        [(message_id, content, target)] = sender.sent
        assert message_id == "evt_17"
        assert content == {
            "type": "payout.completed",
            "timestamp": MESSAGE.timestamp,
            "data": MESSAGE.data,
        }
        assert target == TARGET

    @pytest.mark.parametrize(
        ("answer", "failures", "decision"),
        [
            (SUCCESS, 3, Decision(DeliveryStatus.DELIVERED)),
            (FAILURE, 0, Decision(DeliveryStatus.PENDING, 5)),
            (FAILURE, 7, Decision(DeliveryStatus.FAILED)),
        ],
    )
    def test_decides_by_the_answer_and_the_failures_so_far(
        self, answer: Answer, failures: int, decision: Decision
    ) -> None:
        assert attempt(answer, failures=failures).decision == decision


class TestRecordAttempts:
    def test_stores_all_of_them(self) -> None:
        deliveries = FakeDeliveries()
        assert record(deliveries, SUCCESS, FAILURE) == (False, None)
        assert [attempt.answer for attempt in deliveries.recorded] == [SUCCESS, FAILURE]

    def test_disables_an_endpoint_that_is_gone(self) -> None:
        assert record(FakeDeliveries(), SUCCESS, GONE) == (True, DisabledReason.GONE)

    def test_disables_an_endpoint_that_has_failed_for_five_days(self) -> None:
        deliveries = FakeDeliveries(failing_for=timedelta(days=5))
        assert record(deliveries, FAILURE) == (True, DisabledReason.FAILING)

    def test_leaves_an_endpoint_enabled_that_has_failed_for_less(self) -> None:
        deliveries = FakeDeliveries(failing_for=timedelta(days=4, hours=23))
        assert record(deliveries, FAILURE) == (False, None)

    def test_leaves_an_endpoint_enabled_that_has_taken_one_of_them(self) -> None:
        deliveries = FakeDeliveries(failing_for=timedelta(days=6))
        assert record(deliveries, FAILURE, SUCCESS, FAILURE) == (False, None)

    def test_tells_that_an_endpoint_was_removed(self) -> None:
        assert record(FakeDeliveries(is_removed=True), FAILURE) == (True, None)
