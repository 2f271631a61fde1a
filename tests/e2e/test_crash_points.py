"""A process is killed at each point between an effect and its record.

Ordinary processes take over. The times that they would wait for, the end of a lease or of the
broker's visibility timeout, are set to have passed.
"""

import base64
import json
import signal
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from celery import Celery
from django.db import connection
from kombu import Connection
from redis import Redis as Client
from tests.crash_points import start_crashing
from tests.running import answers, eventually, free_port
from tests.service import START_SECONDS, Service, order

_PREFIX = "payouts:"
_PATH = [(None, "NEW"), ("NEW", "PROCESSING"), ("PROCESSING", "COMPLETED")]


def expected_history(*, claims: int) -> list[tuple[str, int]]:
    """Return each event with its attempt. Only the claim that changes the status is an event."""
    return [("payout.created", 0), ("payout.claimed", 1), ("payout.completed", claims)]


@pytest.fixture
def idle(service: Service) -> Iterator[Service]:
    """The service without a worker: tasks wait until the test starts one."""
    service.processes["worker"].stop()
    # A task that an earlier test left behind would crash the worker before ours does.
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        broker.delete(f"{_PREFIX}payouts")
    yield service
    service.up("worker")


def crash_worker(service: Service, point: str) -> None:
    """Start a worker that receives the waiting task and is killed at the point."""
    worker = start_crashing(
        point,
        "worker",
        log=service.home / "crashing-worker.log",
        environment=service.environment,
    )
    try:
        assert worker.child.wait(START_SECONDS) == -signal.SIGKILL
    finally:
        worker.kill()


def make_recipient(service: Service) -> int:
    """Give the recipient an account of its own, which identifies its transfers in the ledger."""
    return int(service.make_recipient(account_number=str(uuid4().int))["id"])


def transfers(service: Service, payout: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the transfers to the payout's recipient, under whatever reference."""
    account = payout["account_number_snapshot"]
    return [paid for paid in service.ledger() if paid["account"] == account]


def let_time_pass(payout: dict[str, Any]) -> None:
    """Let the lease expire, and make the payout overdue."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payouts_payout SET next_enqueue_at = now(),
                lease_expires_at = CASE WHEN lease_expires_at IS NOT NULL THEN now() END
            WHERE id = %s AND next_enqueue_at IS NOT NULL
            """,
            [payout["id"]],
        )
        assert cursor.rowcount == 1


def waiting_messages(service: Service, payout: dict[str, Any]) -> list[str]:
    """Return the messages for this payout that no worker has received."""
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        messages = [json.loads(text) for text in broker.lrange(f"{_PREFIX}payouts", 0, -1)]
    return [
        message["properties"]["delivery_tag"] for message in messages if _is_for(message, payout)
    ]


def unacknowledged_messages(service: Service, payout: dict[str, Any]) -> list[str]:
    """Return the messages for this payout that a worker has received and not acknowledged."""
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        unacknowledged = broker.hgetall(f"{_PREFIX}unacked")
    return [
        tag.decode() for tag, text in unacknowledged.items() if _is_for(json.loads(text)[0], payout)
    ]


def _is_for(message: dict[str, Any], payout: dict[str, Any]) -> bool:
    return bool(json.loads(base64.b64decode(message["body"]))[0] == [payout["id"]])


def enqueue(service: Service, payout: dict[str, Any]) -> None:
    options = {"global_keyprefix": _PREFIX}
    # Given to the task: Celery itself prefers the broker that the environment of the tests names.
    with (
        Connection(service.environment["CELERY_BROKER_URL"], transport_options=options) as broker,
        Celery(set_as_current=False) as app,
    ):
        app.send_task("payouts.process", [payout["id"]], connection=broker, queue="payouts")


def expire_visibility_timeout(service: Service, tags: list[str]) -> None:
    """Let the messages have been unacknowledged for longer than the broker waits."""
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        assert broker.zadd(f"{_PREFIX}unacked_index", dict.fromkeys(tags, 0), xx=True, ch=True)


def history(service: Service, payout: dict[str, Any]) -> list[tuple[str, int]]:
    return [(event["type"], event["attempt"]) for event in service.events(payout["id"])]


def orders(service: Service, payout: dict[str, Any]) -> int:
    """Return how often the bank was asked to pay."""
    return sum(
        line["event"] == "request.handled"
        and line["method"] == "POST"
        and line.get("reference") == payout["reference"]
        for line in service.log_lines("bank")
    )


def outcomes(service: Service, payout: dict[str, Any]) -> list[str]:
    """Return the outcome of each task for this payout that a worker has finished."""
    return [
        line["outcome"]
        for line in service.log_lines("worker")
        if line["event"] == "task.finished" and line["payout_id"] == payout["id"]
    ]


def assert_paid_once(service: Service, payout: dict[str, Any]) -> None:
    service.wait_for(payout["id"], "COMPLETED")
    [transfer] = transfers(service, payout)
    names = ("reference", "amount", "currency")
    assert [transfer[name] for name in names] == [payout[name] for name in names]
    events = service.events(payout["id"])
    steps = [(event["from_status"], event["to_status"]) for event in events if event["to_status"]]
    assert steps == _PATH


class TestWeb:
    def test_that_dies_before_it_enqueues_leaves_a_payout_that_is_paid_once(
        self, idle: Service
    ) -> None:
        port = free_port()
        web = start_crashing(
            "stored",
            "web",
            log=idle.home / "crashing-web.log",
            environment=idle.environment | {"PORT": str(port)},
        )
        address = f"http://127.0.0.1:{port}"
        body = order(make_recipient(idle))
        try:
            eventually(lambda: answers(f"{address}/health/live/"), within_seconds=START_SECONDS)
            with pytest.raises(httpx.TransportError):
                idle.user.post(f"{address}/api/payouts/", json=body)
            assert web.child.wait(10) == -signal.SIGKILL
        finally:
            web.kill()
        [payout] = idle.user.get("/api/payouts/").json()["results"]
        assert payout["status"] == "NEW"

        repeated = idle.user.post("/api/payouts/", json=body)

        assert (repeated.status_code, repeated.json()) == (200, payout)
        assert repeated.headers["Idempotent-Replayed"] == "true"
        assert not waiting_messages(idle, payout)
        let_time_pass(payout)
        idle.up("worker")
        assert_paid_once(idle, payout)
        assert history(idle, payout) == expected_history(claims=1)


class TestWorker:
    @pytest.mark.parametrize(
        ("point", "claims", "transfers_left"),
        [("started", 0, 0), ("claimed", 1, 0), ("sent", 1, 1), ("answered", 1, 1)],
    )
    def test_that_dies_before_it_records_leaves_a_payout_that_the_next_one_pays_once(
        self, idle: Service, point: str, claims: int, transfers_left: int
    ) -> None:
        payout = idle.make_payout(make_recipient(idle))
        crash_worker(idle, point)
        expected = expected_history(claims=claims + 1)
        assert history(idle, payout) == expected[: 1 + claims]
        # The bank finishes an order even after its client has gone.
        eventually(lambda: len(transfers(idle, payout)) == transfers_left)

        let_time_pass(payout)
        idle.up("worker")

        assert_paid_once(idle, payout)
        assert history(idle, payout) == expected
        # An attempt that follows one that may have sent looks the transfer up before it sends.
        assert orders(idle, payout) == 1

    def test_that_dies_before_it_acknowledges_gets_its_message_redelivered(
        self, idle: Service
    ) -> None:
        payout = idle.make_payout(make_recipient(idle))
        crash_worker(idle, "received")
        unacknowledged = unacknowledged_messages(idle, payout)
        assert len(unacknowledged) == 1
        assert history(idle, payout) == [("payout.created", 0)]

        expire_visibility_timeout(idle, unacknowledged)
        idle.up("worker")

        assert_paid_once(idle, payout)
        assert history(idle, payout) == expected_history(claims=1)
        assert orders(idle, payout) == 1

    def test_skips_a_payout_whose_outcome_a_dead_worker_has_recorded(self, idle: Service) -> None:
        payout = idle.make_payout(make_recipient(idle))
        crash_worker(idle, "recorded")
        assert_paid_once(idle, payout)
        completed, events = idle.payout(payout["id"]), idle.events(payout["id"])

        enqueue(idle, payout)
        idle.up("worker")

        eventually(lambda: outcomes(idle, payout) == ["none"])
        assert_paid_once(idle, payout)
        assert (idle.payout(payout["id"]), idle.events(payout["id"])) == (completed, events)
        assert orders(idle, payout) == 1
