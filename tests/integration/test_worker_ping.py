"""The ping of workers over the broker."""

from time import monotonic

import pytest
from celery import Celery
from tests.redis_server import Redis
from tests.service import Service

from payouts.adapters.worker_ping import WorkerPing


def ping_over(broker_url: str) -> WorkerPing:
    app = Celery("tests.worker_ping", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_read_url = app.conf.broker_write_url = broker_url
    return WorkerPing(app)


class TestWorkerPing:
    def test_is_answered_by_a_worker_that_runs(self, service: Service) -> None:
        ping = ping_over(service.environment["CELERY_BROKER_URL"])
        assert any(ping.send().wait(2) for _ in range(10))

    @pytest.mark.parametrize("state", ["frozen", "killed"])
    def test_returns_at_once_whatever_the_broker_does(self, redis: Redis, state: str) -> None:
        with getattr(redis, state)():
            started = monotonic()
            answered = ping_over(redis.url)
            assert not answered.send().wait(0.3)
            assert monotonic() - started < 2

    def test_is_not_answered_without_a_worker(self, redis: Redis) -> None:
        assert not ping_over(redis.url.replace("/0", "/9")).send().wait(1.5)
