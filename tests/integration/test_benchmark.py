"""The benchmark knows the service's tables by name. These tests fail when it no longer does."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.test import Client, override_settings
from redis import Redis

from benchmarks.filling import fill
from benchmarks.sample_payouts import RECIPIENTS, SamplePayouts
from benchmarks.servers import (
    Database,
    RedisDatabaseInUseError,
    reserved_redis_database,
    temporary_database,
    with_database_number,
)

PAYOUTS = 1_000
REDIS_DATABASE = 14
SCHEMA = """
SELECT array_agg(line ORDER BY line) FROM (
    SELECT pg_get_constraintdef(oid) AS line FROM pg_constraint
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
) AS lines
"""


@pytest.fixture(scope="module")
def empty() -> Iterator[tuple[Database, list[str]]]:
    with temporary_database("test") as database:
        yield database, database.value(SCHEMA)


@pytest.fixture(scope="module")
def filled(empty: tuple[Database, list[str]]) -> Database:
    database, _ = empty
    fill(database, SamplePayouts(PAYOUTS, until=datetime.now(UTC)))
    return database


class TestFill:
    def test_adds_every_payout_and_recipient(self, filled: Database) -> None:
        assert filled.value("SELECT count(*) FROM payouts_payout") == PAYOUTS
        assert filled.value("SELECT count(*) FROM payouts_recipient") == RECIPIENTS

    def test_restores_keys_indexes_and_triggers(
        self, empty: tuple[Database, list[str]], filled: Database
    ) -> None:
        assert filled.value(SCHEMA) == empty[1]


class TestQueueTimes:
    def test_are_measured_by_the_service_itself(self, filled: Database) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.queue_times"],
            env=os.environ | filled.environment | {"LOG_LEVEL": "ERROR"},
            check=True,
            stdout=subprocess.PIPE,
        )
        times = json.loads(ended.stdout)
        assert set(times) == {"claim", "requeue"}
        assert all(milliseconds > 0 for milliseconds in times.values())


class TestInsertFloor:
    def test_inserts_a_payout_and_its_event(
        self, filled: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", filled.url)
        floor = importlib.import_module("benchmarks.floors.wsgi_insert")
        order = {
            "recipient_id": 1,
            "amount": "10.00",
            "currency": "USD",
            "idempotency_key": "a-key",
        }
        statuses = []

        [body] = floor.application(
            {"wsgi.input": BytesIO(json.dumps(order).encode())},
            lambda status, _headers: statuses.append(status),
        )

        floor._cursor().connection.close()
        assert statuses == ["201 Created"]
        events = "SELECT count(*) FROM payouts_event WHERE payout_id = %s"
        assert filled.value(events, json.loads(body)["id"]) == 1


class TestDrfHello:
    @override_settings(ROOT_URLCONF="benchmarks.floors.drf_hello")
    def test_asks_for_authentication_as_the_service_does(self) -> None:
        assert Client().get("/api/hello/").status_code == 401


class TestReservedRedisDatabase:
    @pytest.fixture
    def redis(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
        monkeypatch.setenv("REDIS_URL", os.environ["REDIS_URL"])
        monkeypatch.setenv("CELERY_BROKER_URL", "")
        with Redis.from_url(with_database_number(os.environ["REDIS_URL"], REDIS_DATABASE)) as redis:
            redis.flushdb()
            yield redis
            redis.flushdb()

    def test_is_refused_when_it_holds_other_keys(self, redis: Redis) -> None:
        redis.set("theirs", "1")
        with pytest.raises(RedisDatabaseInUseError), reserved_redis_database(REDIS_DATABASE):
            pass
        assert redis.get("theirs") == b"1"

    def test_is_empty_afterwards(self, redis: Redis) -> None:
        with reserved_redis_database(REDIS_DATABASE):
            redis.set("ours", "1")
        assert redis.dbsize() == 0

    def test_can_be_used_again_after_a_run_that_was_killed(self, redis: Redis) -> None:
        killed = reserved_redis_database(REDIS_DATABASE)
        killed.__enter__()
        redis.set("ours", "1")
        with reserved_redis_database(REDIS_DATABASE):
            assert not redis.exists("ours")
