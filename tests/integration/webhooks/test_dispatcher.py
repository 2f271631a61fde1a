"""The dispatcher with real threads, a database and receivers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import OperationalError
from tests.event_horizon import wait_until_shown
from tests.running import eventually
from tests.webhook_receiver import WebhookReceiver
from tests.webhook_rows import complete, let_time_pass, make_endpoint, make_payouts

from payouts.adapters.database.models import WebhookDelivery, WebhookEndpoint
from payouts.adapters.webhooks.resolver import Resolver
from payouts.adapters.webhooks.sender import HttpSender
from payouts.application.webhooks import fan_out
from payouts.application.webhooks.attempt_delivery import AttemptDelivery
from payouts.application.webhooks.ports import Attempt
from payouts.bootstrap import webhooks
from payouts.domain.webhooks.addresses import AddressRules
from payouts.entrypoints.worker.endpoint_queue import LEASE_SECONDS
from payouts.entrypoints.worker.webhook_dispatcher import WebhookDispatcher

pytestmark = pytest.mark.usefixtures("no_workers", "database")


@pytest.fixture(autouse=True)
def deadline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let attempts end after a second, and call this machine."""
    rules = AddressRules([ip_network("127.0.0.1")])
    sender = HttpSender(resolver=Resolver(), rules=rules, connections=32, deadline_seconds=1)
    monkeypatch.setattr(webhooks, "attempt_delivery", lambda: AttemptDelivery(sender=sender))
    yield
    sender.close()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver.start() as receiver:
        yield receiver


@contextmanager
def a_dispatcher(*, threads: int = 8) -> Iterator[WebhookDispatcher]:
    dispatcher = WebhookDispatcher(threads=threads)
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        dispatcher.join()


@pytest.fixture
def dispatcher() -> Iterator[WebhookDispatcher]:
    with a_dispatcher() as dispatcher:
        yield dispatcher


def statuses(endpoint_id: int) -> list[str]:
    rows = WebhookDelivery.objects.filter(endpoint_id=endpoint_id).order_by("id")
    return list(rows.values_list("status", flat=True))


def deliver(dispatcher: WebhookDispatcher, endpoint_id: int, *expected: str) -> None:
    """Wake it up, as beat does, until the deliveries have these statuses."""

    def reached() -> bool:
        dispatcher.wake()
        return statuses(endpoint_id) == list(expected)

    eventually(reached)


class TestDispatcher:
    def test_delivers_each_event_once_and_signed(
        self, dispatcher: WebhookDispatcher, receiver: WebhookReceiver
    ) -> None:
        endpoint = make_endpoint(url=receiver.url)
        [payout] = make_payouts()
        complete(payout)
        deliver(dispatcher, endpoint.id, "DELIVERED", "DELIVERED", "DELIVERED")
        assert sorted(receiver.types) == [
            "payout.completed",
            "payout.created",
            "payout.processing",
        ]
        assert len(set(receiver.ids)) == 3
        receiver.verify(endpoint.secret)
        [created] = [each for each in receiver.messages if each.type == "payout.created"]
        assert created.content["data"]["payout_id"] == payout.id
        assert created.content["data"]["status"] == "NEW"

    def test_works_off_a_backlog_of_several_batches_after_one_request(
        self,
        dispatcher: WebhookDispatcher,
        receiver: WebhookReceiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(fan_out, "BATCH_SIZE", 10)
        endpoint = make_endpoint(url=receiver.url)
        make_payouts(100)
        wait_until_shown()
        dispatcher.wake()
        eventually(lambda: statuses(endpoint.id) == ["DELIVERED"] * 100)
        assert len(set(receiver.ids)) == len(receiver.ids) == 100

    def test_sends_a_failed_message_again_with_the_same_id(
        self, dispatcher: WebhookDispatcher, receiver: WebhookReceiver
    ) -> None:
        receiver.answers = [500]
        endpoint = make_endpoint(url=receiver.url)
        make_payouts()
        deliver(dispatcher, endpoint.id, "PENDING")
        eventually(lambda: WebhookEndpoint.objects.get().failing_since)
        let_time_pass(7)
        deliver(dispatcher, endpoint.id, "DELIVERED")
        [first, second] = receiver.ids
        assert first == second
        assert WebhookEndpoint.objects.get().failing_since is None

    def test_disables_an_endpoint_that_answers_410_and_gives_back_what_it_had(
        self, dispatcher: WebhookDispatcher, receiver: WebhookReceiver
    ) -> None:
        receiver.answers = [204] * 20 + [410] * 100
        endpoint = make_endpoint(url=receiver.url)
        make_payouts(100)
        dispatcher.wake()
        eventually(lambda: not WebhookEndpoint.objects.get(id=endpoint.id).is_enabled)
        dispatcher.stop()
        dispatcher.join()
        rows = WebhookDelivery.objects.filter(endpoint_id=endpoint.id)
        assert WebhookEndpoint.objects.get().disabled_reason == "GONE"
        assert rows.filter(status="DELIVERED").count() == 20
        assert rows.filter(attempts__gt=0).count() == len(receiver.messages)

    def test_does_not_let_endpoints_that_hang_or_refuse_hold_up_another(
        self, dispatcher: WebhookDispatcher, receiver: WebhookReceiver
    ) -> None:
        with ExitStack() as stack:
            for _ in range(6):
                hanging = stack.enter_context(WebhookReceiver.start())
                hanging.hangs = True
                make_endpoint(url=hanging.url)
            make_endpoint(url="http://127.0.0.1:1/refuses")
            endpoint = make_endpoint(url=receiver.url)
            make_payouts(100)
            wait_until_shown()
            dispatcher.wake()
            eventually(lambda: len(receiver.messages) == 100, within_seconds=10)
        deliver(dispatcher, endpoint.id, *["DELIVERED"] * 100)

    def test_records_later_what_came_back_while_the_database_was_away(
        self,
        dispatcher: WebhookDispatcher,
        receiver: WebhookReceiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        record = webhooks.record_attempts()
        failures = [OperationalError("server closed the connection")] * 3

        def fail_at_first(**attempts: Any) -> bool:
            if failures:
                raise failures.pop()
            return record(**attempts)

        monkeypatch.setattr(webhooks, "record_attempts", lambda: fail_at_first)
        endpoint = make_endpoint(url=receiver.url)
        make_payouts()
        deliver(dispatcher, endpoint.id, "DELIVERED")
        assert not failures
        assert len(receiver.messages) == 1

    def test_goes_on_after_a_bug_that_concerns_one_message(
        self,
        dispatcher: WebhookDispatcher,
        receiver: WebhookReceiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        attempt = webhooks.attempt_delivery()
        bugs = [ValueError("of a test")]

        def fail_at_first(**delivery: Any) -> Attempt:
            if bugs:
                raise bugs.pop()
            return attempt(**delivery)

        monkeypatch.setattr(webhooks, "attempt_delivery", lambda: fail_at_first)
        endpoint = make_endpoint(url=receiver.url)
        make_payouts(2)
        deliver(dispatcher, endpoint.id, "PENDING", "DELIVERED")
        let_time_pass(LEASE_SECONDS)
        deliver(dispatcher, endpoint.id, "DELIVERED", "DELIVERED")

    def test_records_what_is_being_sent_when_it_stops(self, receiver: WebhookReceiver) -> None:
        receiver.hangs = True
        endpoint = make_endpoint(url=receiver.url)
        make_payouts(3)
        with a_dispatcher() as dispatcher:
            dispatcher.wake()
            eventually(lambda: receiver.messages)
            dispatcher.stop()
            receiver.has_ended.set()
        assert statuses(endpoint.id) == ["DELIVERED", "PENDING", "PENDING"]
