"""A process is killed at each moment at which something is done and not yet known.

Ordinary processes take over. What they would wait for, the end of a lease or of the broker's
patience with a message, is made to be over by now.
"""

import base64
import json
import signal
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import connection
from redis import Redis as Client
from tests.crashing import start_crashing
from tests.running import answers, eventually, free_port
from tests.service import START_SECONDS, Service, order

_PREFIX = "payouts:"
_PATH = [(None, "NEW"), ("NEW", "PROCESSING"), ("PROCESSING", "COMPLETED")]
# The whole history, by the number of claims: each event with its attempt.
_HISTORIES = {
    claims: [
        ("payout.created", 0),
        *(("payout.claimed", attempt) for attempt in range(1, claims + 1)),
        ("payout.completed", claims),
    ]
    for claims in (1, 2)
}


@pytest.fixture
def idle(service: Service) -> Iterator[Service]:
    """The service without a worker: what is rung for waits until the test starts one."""
    service.processes["worker"].stop()
    # What earlier tests left unheard would be the death of a worker that is to die of our payout.
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        broker.delete(f"{_PREFIX}payouts")
    yield service
    service.up("worker")


def crash_worker(service: Service, moment: str) -> None:
    """Let a worker take what waits, and die of it."""
    worker = start_crashing(
        moment,
        "worker",
        log=service.home / "crashing-worker.log",
        environment=service.environment,
    )
    try:
        assert worker.child.wait(START_SECONDS) == -signal.SIGKILL
    finally:
        worker.kill()


def make_recipient(service: Service) -> int:
    """One whose account tells all transfers to them in the ledger, under whatever reference."""
    return int(service.make_recipient(account_number=str(uuid4().int))["id"])


def transfers(service: Service, payout: dict[str, Any]) -> list[dict[str, Any]]:
    account = payout["account_number_snapshot"]
    return [paid for paid in service.ledger() if paid["account"] == account]


def let_time_pass(payout: dict[str, Any]) -> None:
    """Let the lease, and the patience with a doorbell, have run out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payouts_payout SET next_ring_at = now(),
                lease_expires_at = CASE WHEN lease_expires_at IS NOT NULL THEN now() END
            WHERE id = %s AND next_ring_at IS NOT NULL
            """,
            [payout["id"]],
        )
        assert cursor.rowcount == 1


def messages(service: Service, payout: dict[str, Any]) -> dict[str, list[str]]:
    """Where the broker has messages for this payout: unheard, or delivered and not settled."""
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        unheard = [json.loads(text) for text in broker.lrange(f"{_PREFIX}payouts", 0, -1)]
        unacked = broker.hgetall(f"{_PREFIX}unacked")
    delivered = {tag.decode(): json.loads(text)[0] for tag, text in unacked.items()}
    return {
        "unheard": [
            each["properties"]["delivery_tag"] for each in unheard if _is_for(each, payout)
        ],
        "delivered": [tag for tag, each in delivered.items() if _is_for(each, payout)],
    }


def _is_for(message: dict[str, Any], payout: dict[str, Any]) -> bool:
    return bool(json.loads(base64.b64decode(message["body"]))[0] == [payout["id"]])


def let_broker_lose_patience(service: Service, tags: list[str]) -> None:
    """Let the messages have been out, and not settled, for longer than a worker may take."""
    with Client.from_url(service.environment["CELERY_BROKER_URL"]) as broker:
        assert broker.zadd(f"{_PREFIX}unacked_index", dict.fromkeys(tags, 0), xx=True, ch=True)


def history(service: Service, payout: dict[str, Any]) -> list[tuple[str, int]]:
    return [(event["type"], event["attempt"]) for event in service.events(payout["id"])]


def orders(service: Service, payout: dict[str, Any]) -> int:
    """How often the bank was asked to pay."""
    return sum(
        line["event"] == "request.handled"
        and line["method"] == "POST"
        and line.get("reference") == payout["reference"]
        for line in service.log_lines("bank")
    )


def finished(service: Service, payout: dict[str, Any]) -> list[str]:
    """What became of the messages for this payout that a worker came to the end of."""
    return [
        line["outcome"]
        for line in service.log_lines("worker")
        if line["event"] == "task.finished" and line["payout_id"] == payout["id"]
    ]


def expect_paid_once(service: Service, payout: dict[str, Any]) -> None:
    service.wait_for(payout["id"], "COMPLETED")
    [transfer] = transfers(service, payout)
    paid_and_asked = ("reference", "amount", "currency")
    assert [transfer[name] for name in paid_and_asked] == [payout[name] for name in paid_and_asked]
    events = service.events(payout["id"])
    steps = [(event["from_status"], event["to_status"]) for event in events if event["to_status"]]
    assert steps == _PATH


class TestWeb:
    def test_killed_before_the_doorbell_has_accepted_the_payout(self, idle: Service) -> None:
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
        assert messages(idle, payout) == {"unheard": [], "delivered": []}
        let_time_pass(payout)
        idle.up("worker")
        expect_paid_once(idle, payout)
        assert history(idle, payout) == _HISTORIES[1]


class TestWorker:
    @pytest.mark.parametrize(
        ("moment", "claims", "transfers_left"),
        [("taken", 0, 0), ("claimed", 1, 0), ("sent", 1, 1), ("answered", 1, 1)],
    )
    def test_killed_before_it_has_recorded_leaves_a_payout_that_the_next_one_pays_once(
        self, idle: Service, moment: str, claims: int, transfers_left: int
    ) -> None:
        payout = idle.make_payout(make_recipient(idle))
        crash_worker(idle, moment)
        expected = _HISTORIES[claims + 1]
        assert history(idle, payout) == expected[: 1 + claims]
        # The bank goes on with what it was sent, whether or not somebody waits for its answer.
        eventually(lambda: len(transfers(idle, payout)) == transfers_left)

        let_time_pass(payout)
        idle.up("worker")

        expect_paid_once(idle, payout)
        assert history(idle, payout) == expected
        # Who comes after one that may have sent asks what is there before it sends.
        assert orders(idle, payout) == 1

    def test_killed_before_it_has_settled_its_message_has_nothing_done_twice(
        self, idle: Service
    ) -> None:
        payout = idle.make_payout(make_recipient(idle))
        crash_worker(idle, "recorded")
        expect_paid_once(idle, payout)
        ended, told = idle.payout(payout["id"]), idle.events(payout["id"])
        left = messages(idle, payout)
        assert (left["unheard"], len(left["delivered"])) == ([], 1)

        let_broker_lose_patience(idle, left["delivered"])
        idle.up("worker")

        eventually(lambda: finished(idle, payout) == ["none"])
        eventually(lambda: not any(messages(idle, payout).values()))
        expect_paid_once(idle, payout)
        assert (idle.payout(payout["id"]), idle.events(payout["id"])) == (ended, told)
        assert orders(idle, payout) == 1
