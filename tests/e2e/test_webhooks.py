"""Webhooks from the running service to receivers."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis as Client
from tests.metrics import MetricsPage
from tests.running import eventually
from tests.service import Service
from tests.webhook_receiver import WebhookReceiver
from tests.webhook_rows import let_time_pass

ALL = {"payout.created", "payout.processing", "payout.completed"}


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver.start() as receiver:
        yield receiver


def add_endpoint(service: Service, receiver: WebhookReceiver, **fields: Any) -> dict[str, Any]:
    answer = service.staff.post("/api/webhooks/", json={"url": receiver.url, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def endpoint_now(service: Service, endpoint: dict[str, Any]) -> dict[str, Any]:
    return dict(service.staff.get(f"/api/webhooks/{endpoint['id']}/").json())


def deliveries(service: Service, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    return list(service.staff.get(f"/api/webhooks/{endpoint['id']}/deliveries/").json()["results"])


class TestWebhooks:
    def test_tell_of_each_step_of_a_payout_signed(
        self, service: Service, receiver: WebhookReceiver
    ) -> None:
        endpoint = add_endpoint(service, receiver)
        payout = service.make_payout()
        eventually(lambda: set(receiver.types) == ALL)
        receiver.verify(endpoint["secret"])
        data = {message.type: message.content["data"] for message in receiver.messages}
        assert [data[type_]["status"] for type_ in sorted(data)] == [
            "COMPLETED",
            "NEW",
            "PROCESSING",
        ]
        for each in data.values():
            assert each["payout_id"] == payout["id"]
            assert each["reference"] == payout["reference"]
            assert each["amount"] == "10.00"
        assert (
            data["payout.created"]["sequence"]
            < data["payout.processing"]["sequence"]
            < data["payout.completed"]["sequence"]
        )

    def test_are_sent_again_with_the_same_id_after_a_failure(
        self, service: Service, receiver: WebhookReceiver
    ) -> None:
        receiver.answers = [500]
        endpoint = add_endpoint(service, receiver, event_types=["payout.created"])
        service.make_payout()
        [pending] = eventually(
            lambda: [each for each in deliveries(service, endpoint) if each["last_status_code"]]
        )
        assert (pending["status"], pending["last_status_code"]) == ("PENDING", 500)
        assert endpoint_now(service, endpoint)["failing_since"]
        let_time_pass(7)
        eventually(lambda: deliveries(service, endpoint)[0]["status"] == "DELIVERED")
        assert receiver.ids == [pending["message_id"]] * 2
        assert endpoint_now(service, endpoint)["failing_since"] is None

    def test_end_for_an_endpoint_that_answers_410_and_wait_until_it_is_enabled(
        self, service: Service, receiver: WebhookReceiver
    ) -> None:
        receiver.answers = [410]
        endpoint = add_endpoint(service, receiver, event_types=["payout.created"])
        service.make_payout()
        eventually(lambda: not endpoint_now(service, endpoint)["is_enabled"])
        assert endpoint_now(service, endpoint)["disabled_reason"] == "GONE"
        service.make_payout()
        path = f"/api/webhooks/{endpoint['id']}/"
        assert service.staff.patch(path, json={"is_enabled": True}).status_code == 200
        let_time_pass(7)
        eventually(lambda: len(set(receiver.ids)) == 2)

    def test_are_sent_again_by_a_replay_with_the_same_ids(
        self, service: Service, receiver: WebhookReceiver
    ) -> None:
        endpoint = add_endpoint(service, receiver)
        payout = service.make_payout()
        eventually(lambda: set(receiver.types) == ALL)
        eventually(
            lambda: {each["status"] for each in deliveries(service, endpoint)} == {"DELIVERED"}
        )
        ids = set(receiver.ids)
        since = {"since": payout["created_at"]}
        answer = service.staff.post(f"/api/webhooks/{endpoint['id']}/replay/", json=since)
        assert answer.status_code == 202, answer.text
        eventually(lambda: len(receiver.ids) >= 6)
        assert set(receiver.ids) == ids

    def test_are_counted_in_the_metrics(self, service: Service, receiver: WebhookReceiver) -> None:
        def page() -> MetricsPage:
            with service.client() as prometheus:
                return MetricsPage.get(prometheus)

        endpoint = str(add_endpoint(service, receiver, event_types=["payout.created"])["id"])
        before = page()
        receiver.answers = [500]
        service.make_payout()
        eventually(lambda: receiver.messages)
        service.make_payout()
        eventually(lambda: len(receiver.messages) == 2)

        def counted(outcome: str) -> float:
            name = "payouts_webhook_deliveries_total"
            return page().sum(name, outcome=outcome) - before.sum(name, outcome=outcome)

        eventually(lambda: (counted("delivered"), counted("to_be_retried")) == (1, 1))
        now = page()
        assert now.sum("payouts_webhook_backlog", endpoint=endpoint) == 1
        assert now.sum("payouts_webhook_oldest_seconds", endpoint=endpoint) > 0
        assert now.sum("payouts_webhook_enabled", endpoint=endpoint) == 1

    def test_survive_that_redis_loses_everything_and_the_worker_dies(
        self, service: Service, receiver: WebhookReceiver
    ) -> None:
        endpoint = add_endpoint(service, receiver, event_types=["payout.created"])
        receiver.hangs = True
        payouts = [service.make_payout() for _ in range(3)]
        eventually(lambda: receiver.messages)
        service.processes["worker"].kill()
        with Client.from_url(service.redis.url) as redis:
            redis.flushall()
        receiver.has_ended.set()
        let_time_pass(60)
        service.up("worker")
        eventually(
            lambda: [each["status"] for each in deliveries(service, endpoint)] == ["DELIVERED"] * 3
        )
        received = {message.content["data"]["payout_id"] for message in receiver.messages}
        assert received == {payout["id"] for payout in payouts}
        assert len(set(receiver.ids)) == 3
