import pytest
from tests.unit.samples import NOON, a_message

from payouts.domain.client_events import CLIENT_EVENT_TYPES, ClientEventType
from payouts.domain.history import EventType
from payouts.domain.status import PayoutStatus


class TestMessage:
    def test_identifies_the_event(self) -> None:
        made = a_message(EventType.CREATED)
        assert (made.id, made.type, made.timestamp) == ("evt_7", ClientEventType.CREATED, NOON)
        assert (made.data.sequence, made.data.payout_id) == (7, 1)
        assert made.data.metadata == {"order": "17"}

    @pytest.mark.parametrize("event", CLIENT_EVENT_TYPES)
    def test_shows_the_payout_as_the_event_left_it(self, event: EventType) -> None:
        data = a_message(event).data
        failed = event is EventType.FAILED
        assert data.failure_code == ("AC04" if failed else None)
        assert data.failure_reason == ("The account is closed." if failed else None)
        assert data.needs_review == (event is EventType.NEEDS_REVIEW)

    @pytest.mark.parametrize(
        ("event", "type_", "status"),
        [
            (EventType.CREATED, ClientEventType.CREATED, PayoutStatus.NEW),
            (EventType.CLAIMED, ClientEventType.PROCESSING, PayoutStatus.PROCESSING),
            (EventType.TAKEN_OVER, ClientEventType.PROCESSING, PayoutStatus.PROCESSING),
            (EventType.RETRIED, ClientEventType.PROCESSING, PayoutStatus.PROCESSING),
            (EventType.NEEDS_REVIEW, ClientEventType.NEEDS_REVIEW, PayoutStatus.PROCESSING),
            (EventType.COMPLETED, ClientEventType.COMPLETED, PayoutStatus.COMPLETED),
            (EventType.FAILED, ClientEventType.FAILED, PayoutStatus.FAILED),
            (EventType.RETURNED, ClientEventType.RETURNED, PayoutStatus.COMPLETED),
        ],
    )
    def test_has_the_type_and_status_of_the_event(
        self, event: EventType, type_: ClientEventType, status: PayoutStatus
    ) -> None:
        made = a_message(event)
        assert (made.type, made.data.status) == (type_, status)

    def test_does_not_exist_for_other_events(self) -> None:
        assert set(EventType) - set(CLIENT_EVENT_TYPES) == {
            EventType.DEFERRED,
            EventType.TRY_REQUESTED,
            EventType.DELETED,
            EventType.LATE_ANSWER,
        }
