"""The queue of deliveries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.database_sessions import DatabaseSession
from tests.event_horizon import wait_until_shown
from tests.running import simultaneously
from tests.webhook_rows import (
    claim,
    complete,
    fan_out,
    fan_out_now,
    let_time_pass,
    make_endpoint,
    make_payouts,
    message_ids,
    message_types,
    record,
)

from payouts.adapters.database.models import Event, WebhookDelivery, WebhookEndpoint
from payouts.adapters.database.webhooks.deliveries import DatabaseDeliveries
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.application.webhooks.read_models import DeliveryView
from payouts.domain.client_events import ClientEventType
from payouts.domain.errors import DeliveryNotFoundError, WebhookNotFoundError
from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import DeliveryStatus

pytestmark = pytest.mark.usefixtures("no_workers", "database")

DELIVERIES, ENDPOINTS = DatabaseDeliveries(), DatabaseEndpoints()


def shown(endpoint_id: int, **filters: object) -> list[DeliveryView]:
    page = DELIVERIES.page(endpoint_id=endpoint_id, size=100, position=None, **filters)
    return list(page.rows)


class TestFanOut:
    def test_makes_a_delivery_of_each_event_once(self) -> None:
        endpoint = make_endpoint()
        for payout in make_payouts(2):
            complete(payout)
        assert fan_out(endpoint.id) == 6
        assert fan_out(endpoint.id) == 0
        batch = claim(endpoint.id)
        assert message_types(batch) == [
            "payout.created",
            "payout.created",
            *["payout.processing", "payout.completed"] * 2,
        ]
        assert batch.target.url == endpoint.url
        assert batch.target.secrets == (endpoint.secret,)

    def test_starts_with_events_after_the_endpoint_was_created(self) -> None:
        [before] = make_payouts()
        endpoint = make_endpoint()
        complete(before)
        fan_out(endpoint.id)
        assert message_types(claim(endpoint.id)) == ["payout.processing", "payout.completed"]

    def test_leaves_out_other_types(self) -> None:
        endpoint = make_endpoint(ClientEventType.COMPLETED, ClientEventType.FAILED)
        for payout in make_payouts(3):
            complete(payout)
        fan_out(endpoint.id)
        assert message_types(claim(endpoint.id)) == ["payout.completed"] * 3

    def test_waits_for_transactions_that_could_still_add_an_earlier_event(self) -> None:
        endpoint = make_endpoint()
        with DatabaseSession.several(1) as [late]:
            # This transaction has its id before the others, and commits after them.
            late.begin()
            with late.used():
                make_payouts(1)
            make_payouts(2)
            assert fan_out_now(endpoint.id) == 0
            late.commit()
        assert fan_out(endpoint.id) == 3
        assert len(set(message_ids(claim(endpoint.id)))) == 3

    def test_reads_one_batch_at_a_time_and_stops_while_enough_are_due(self) -> None:
        endpoint = make_endpoint()
        make_payouts(7)
        assert fan_out(endpoint.id, size=3, max_due=4) == 3
        assert fan_out(endpoint.id, size=3, max_due=4) == 3
        assert fan_out(endpoint.id, size=3, max_due=4) == 0
        batch = claim(endpoint.id, limit=3)
        record(batch, 200, 200, 200)
        assert fan_out(endpoint.id, size=3, max_due=4) == 1
        assert WebhookDelivery.objects.count() == 7

    def test_goes_on_while_deliveries_wait_for_a_retry(self) -> None:
        endpoint = make_endpoint()
        make_payouts(4)
        assert fan_out(endpoint.id, size=3, max_due=3) == 3
        record(claim(endpoint.id), 500, 500, 500)
        assert fan_out(endpoint.id, size=3, max_due=3) == 1

    def test_is_done_by_one_process_at_a_time(self) -> None:
        endpoint = make_endpoint()
        make_payouts(50)
        wait_until_shown()

        def read() -> int:
            try:
                return fan_out_now(endpoint.id, size=10)
            finally:
                connection.close()

        assert 10 <= sum(simultaneously([read] * 8)) <= 50
        while fan_out(endpoint.id):
            pass
        assert WebhookDelivery.objects.count() == 50

    def test_does_not_wait_for_another_process(self) -> None:
        endpoint, other = make_endpoint(), make_endpoint()
        make_payouts(1)
        wait_until_shown()
        with DatabaseSession.several(1) as [busy]:
            busy.begin()
            with busy.used():
                list(WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.id))
            assert fan_out_now(endpoint.id) == 0
            assert fan_out_now(other.id) == 1
            busy.roll_back()

    @pytest.mark.parametrize("enabled_again", [True, False])
    def test_lets_events_of_a_disabled_endpoint_wait(self, enabled_again: bool) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        ENDPOINTS.disable(endpoint_id=endpoint.id, reason=DisabledReason.GONE)
        make_payouts(1)
        if enabled_again:
            ENDPOINTS.change(endpoint_id=endpoint.id, changes={"is_enabled": True})
        assert fan_out(endpoint.id) == int(enabled_again)
        assert len(message_ids(claim(endpoint.id))) == (2 if enabled_again else 0)
        assert DELIVERIES.enabled_endpoints() == ([endpoint.id] if enabled_again else [])


class TestClaim:
    def test_gives_each_delivery_to_one_worker(self) -> None:
        endpoint = make_endpoint()
        make_payouts(40)
        fan_out(endpoint.id)

        def take() -> list[str]:
            try:
                return message_ids(claim(endpoint.id, limit=10))
            finally:
                connection.close()

        taken = [id_ for ids in simultaneously([take] * 6) for id_ in ids]
        assert len(taken) == len(set(taken))
        taken += message_ids(claim(endpoint.id))
        assert len(set(taken)) == 40

    def test_ends_with_its_lease(self) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        first = claim(endpoint.id)
        assert claim(endpoint.id) is None
        assert DELIVERIES.due_endpoints() == []
        let_time_pass(31)
        assert DELIVERIES.due_endpoints() == [endpoint.id]
        second = claim(endpoint.id)
        assert message_ids(second) == message_ids(first)
        assert [delivery.attempt for delivery in second.deliveries] == [2]

    def test_has_the_message_that_the_feed_shows(self) -> None:
        endpoint = make_endpoint()
        [payout] = make_payouts()
        fan_out(endpoint.id)
        [delivery] = claim(endpoint.id).deliveries
        event = Event.objects.get(payout=payout.id)
        assert delivery.message.id == f"evt_{event.id}"
        assert delivery.message.timestamp == event.at
        assert delivery.message.data.sequence == event.id
        assert delivery.message.data.payout_id == payout.id
        assert delivery.message.data.reference == payout.order.reference

    def test_signs_with_the_old_secret_too_for_a_day(self) -> None:
        endpoint = make_endpoint()
        rotated = ENDPOINTS.replace_secret(
            endpoint_id=endpoint.id, secret="whsec_bmV3", overlap=timedelta(hours=24)
        )
        assert rotated.secret == "whsec_bmV3"
        target = ENDPOINTS.target(endpoint_id=endpoint.id)
        assert target.secrets == ("whsec_bmV3", endpoint.secret)
        let_time_pass(24 * 3600)
        assert ENDPOINTS.target(endpoint_id=endpoint.id).secrets == ("whsec_bmV3",)

    def test_can_be_given_back(self) -> None:
        endpoint = make_endpoint()
        make_payouts(2)
        fan_out(endpoint.id)
        batch = claim(endpoint.id)
        record(batch, 200)
        DELIVERIES.release(batch.deliveries)
        again = claim(endpoint.id)
        assert message_ids(again) == message_ids(batch)[1:]
        assert [delivery.attempt for delivery in again.deliveries] == [1]


class TestRecord:
    def test_ends_a_delivery(self) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        record(claim(endpoint.id), 201, excerpt="thanks")
        [delivery] = shown(endpoint.id)
        assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)
        assert (delivery.last_status_code, delivery.response_excerpt) == (201, "thanks")
        assert (delivery.last_error, delivery.next_attempt_at) == (None, None)
        assert delivery.delivered_at
        let_time_pass(10**6)
        assert claim(endpoint.id) is None

    def test_keeps_a_failed_delivery_for_its_retries(self) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        for failures, delay in enumerate([5, 300, 1800, 7200, 18_000, 36_000, 36_000]):
            batch = claim(endpoint.id)
            assert batch.deliveries[0].failures == failures
            record(batch, 500)
            let_time_pass(delay - 1)
            assert claim(endpoint.id) is None
            let_time_pass(2)
        record(claim(endpoint.id), 500)
        [delivery] = shown(endpoint.id)
        assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 8)
        assert delivery.next_attempt_at is None

    def test_changes_nothing_after_a_newer_claim(self) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        slow = claim(endpoint.id)
        let_time_pass(31)
        quick = claim(endpoint.id)
        record(slow, 500)
        assert shown(endpoint.id)[0].last_status_code is None
        record(quick, 200)
        record(slow, 500)
        assert shown(endpoint.id)[0].status is DeliveryStatus.DELIVERED

    def test_notes_since_when_the_endpoint_fails(self) -> None:
        endpoint = make_endpoint()
        make_payouts(4)
        fan_out(endpoint.id)

        def failing_since(*status_codes: int) -> datetime | None:
            record(claim(endpoint.id, limit=len(status_codes)), *status_codes)
            return ENDPOINTS.one(endpoint_id=endpoint.id).failing_since

        first = failing_since(500)
        assert first
        assert failing_since(500) == first
        assert failing_since(500, 200) is None

    def test_finds_no_endpoint_that_was_removed(self) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        batch = claim(endpoint.id)
        ENDPOINTS.remove(endpoint_id=endpoint.id)
        assert DELIVERIES.record(endpoint_id=endpoint.id, attempts=[]) is None
        record(batch, 200)


class TestReplay:
    def test_sends_events_from_a_time_on_again(self) -> None:
        endpoint = make_endpoint()
        old, new = make_payouts(1), make_payouts(2)
        fan_out(endpoint.id)
        record(claim(endpoint.id), 200, 200, 200)
        ENDPOINTS.replay(endpoint_id=endpoint.id, since=new[0].created_at)
        assert claim(endpoint.id) is None
        fan_out(endpoint.id)
        batch = claim(endpoint.id)
        assert [each.message.data.payout_id for each in batch.deliveries] == [
            payout.id for payout in new
        ]
        assert old
        assert {each.attempt for each in batch.deliveries} == {2}
        assert {each.failures for each in batch.deliveries} == {0}
        assert WebhookDelivery.objects.count() == 3

    def test_sends_events_from_before_the_endpoint_was_created(self) -> None:
        made = make_payouts(3)
        endpoint = make_endpoint()
        ENDPOINTS.replay(endpoint_id=endpoint.id, since=made[0].created_at)
        fan_out(endpoint.id)
        assert len(message_ids(claim(endpoint.id))) == 3

    def test_leaves_out_nothing_that_was_not_sent_yet(self) -> None:
        endpoint = make_endpoint()
        unsent = make_payouts(2)
        ENDPOINTS.replay(
            endpoint_id=endpoint.id, since=unsent[1].created_at + timedelta(microseconds=1)
        )
        later = make_payouts(1)
        fan_out(endpoint.id)
        assert len(message_ids(claim(endpoint.id))) == len(unsent + later)

    @pytest.mark.parametrize(
        "since", [datetime(9999, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
    )
    def test_takes_any_time(self, since: datetime) -> None:
        endpoint = make_endpoint()
        make_payouts(2)
        fan_out(endpoint.id)
        record(claim(endpoint.id), 200, 200)
        ENDPOINTS.replay(endpoint_id=endpoint.id, since=since)
        make_payouts(1)
        fan_out(endpoint.id)
        assert len(message_ids(claim(endpoint.id))) == (1 if since.year == 9999 else 3)

    def test_can_be_repeated_before_it_has_ended(self) -> None:
        endpoint = make_endpoint()
        made = make_payouts(6)
        fan_out(endpoint.id)
        record(claim(endpoint.id), *[200] * 6)
        ENDPOINTS.replay(endpoint_id=endpoint.id, since=made[1].created_at)
        fan_out(endpoint.id, size=3)
        ENDPOINTS.replay(endpoint_id=endpoint.id, since=made[4].created_at)
        while fan_out(endpoint.id):
            pass
        assert len(message_ids(claim(endpoint.id))) == 5

    def test_finds_its_start_among_many_events(self) -> None:
        endpoint = make_endpoint()
        made = make_payouts(300)
        while fan_out(endpoint.id):
            pass
        WebhookDelivery.objects.update(
            status="DELIVERED", next_attempt_at=None, delivered_at=datetime.now(UTC)
        )
        # As if an hour lay between one event and the next.
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE payouts_event DISABLE TRIGGER USER")
            cursor.execute("UPDATE payouts_event SET at = at + make_interval(hours => id::int)")
            cursor.execute("ALTER TABLE payouts_event ENABLE TRIGGER USER")
        times = list(Event.objects.order_by("id").values_list("at", flat=True))
        ENDPOINTS.replay(endpoint_id=endpoint.id, since=times[250])
        # Hardly more is read than is sent.
        assert 50 <= fan_out(endpoint.id) <= 52
        assert len(message_ids(claim(endpoint.id))) == 50
        assert made


class TestResend:
    @pytest.mark.parametrize("status_code", [200, 500])
    def test_sends_a_delivery_again(self, status_code: int) -> None:
        endpoint = make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        record(claim(endpoint.id), status_code)
        [delivery] = shown(endpoint.id)
        resent = DELIVERIES.resend(endpoint_id=endpoint.id, delivery_id=delivery.id)
        assert (resent.status, resent.attempts) == (DeliveryStatus.PENDING, 1)
        batch = claim(endpoint.id)
        assert message_ids(batch) == [delivery.message_id]
        assert batch.deliveries[0].failures == 0

    def test_finds_no_delivery_of_another_endpoint(self) -> None:
        endpoint, other = make_endpoint(), make_endpoint()
        make_payouts(1)
        fan_out(endpoint.id)
        [delivery] = shown(endpoint.id)
        with pytest.raises(DeliveryNotFoundError):
            DELIVERIES.resend(endpoint_id=other.id, delivery_id=delivery.id)
        with pytest.raises(WebhookNotFoundError):
            DELIVERIES.resend(endpoint_id=10**9, delivery_id=delivery.id)


class TestPage:
    def test_shows_the_newest_first_and_filters(self) -> None:
        endpoint, other = make_endpoint(), make_endpoint()
        payouts = make_payouts(3)
        complete(payouts[0])
        for each in (endpoint, other):
            fan_out(each.id)
        record(claim(endpoint.id, limit=2), 200, 500)
        everything = shown(endpoint.id)
        assert [each.id for each in everything] == sorted(
            (each.id for each in everything), reverse=True
        )
        assert len(everything) == 5
        assert len(shown(endpoint.id, status=DeliveryStatus.DELIVERED)) == 1
        assert len(shown(endpoint.id, status=DeliveryStatus.PENDING)) == 4
        assert shown(endpoint.id, status=DeliveryStatus.FAILED) == []
        assert len(shown(endpoint.id, event_type=ClientEventType.CREATED)) == 3
        first = DELIVERIES.page(endpoint_id=endpoint.id, size=2, position=None)
        second = DELIVERIES.page(endpoint_id=endpoint.id, size=2, position=first.next)
        assert [*first.rows, *second.rows] == everything[:4]


class TestRemoval:
    def test_takes_ended_deliveries_of_some_age_a_few_at_a_time(self) -> None:
        endpoint = make_endpoint()
        make_payouts(6)
        fan_out(endpoint.id)
        record(claim(endpoint.id, limit=4), 200, 200, 200, 500)
        let_time_pass(29 * 24 * 3600)
        age = timedelta(days=30)
        assert DELIVERIES.remove_old(older_than=age, limit=2) == 0
        let_time_pass(2 * 24 * 3600)
        assert DELIVERIES.remove_old(older_than=age, limit=2) == 2
        assert DELIVERIES.remove_old(older_than=age, limit=2) == 1
        assert DELIVERIES.remove_old(older_than=age, limit=2) == 0
        assert {each.status for each in shown(endpoint.id)} == {DeliveryStatus.PENDING}

    def test_takes_all_of_a_removed_endpoint_and_then_the_endpoint(self) -> None:
        endpoint, other = make_endpoint(), make_endpoint()
        make_payouts(3)
        for each in (endpoint, other):
            fan_out(each.id)
        ENDPOINTS.remove(endpoint_id=endpoint.id)
        for call in (ENDPOINTS.one, ENDPOINTS.target, ENDPOINTS.remove):
            with pytest.raises(WebhookNotFoundError):
                call(endpoint_id=endpoint.id)
        with pytest.raises(WebhookNotFoundError):
            shown(endpoint.id)
        assert (fan_out(endpoint.id), claim(endpoint.id)) == (0, None)
        assert WebhookEndpoint.objects.get(pk=endpoint.id).secret == ""
        while DELIVERIES.remove_old(older_than=timedelta(days=30), limit=2):
            pass
        assert list(WebhookEndpoint.objects.values_list("id", flat=True)) == [other.id]
        assert WebhookDelivery.objects.count() == 3
