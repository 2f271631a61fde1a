"""A worker that delivers webhooks is killed at each point between an effect and its record."""

import signal
from collections.abc import Iterator

import pytest
from tests.crash_points import start_crashing
from tests.running import eventually
from tests.service import START_SECONDS, Service
from tests.webhook_receiver import WebhookReceiver
from tests.webhook_rows import let_time_pass

LEASE_SECONDS = 60


@pytest.fixture
def idle(service: Service) -> Iterator[Service]:
    """The service without a worker: events wait until the test starts one."""
    service.processes["worker"].stop()
    yield service
    service.up("worker")


def crash_worker(service: Service, point: str) -> None:
    """Start a worker that begins to deliver and is killed at the point."""
    worker = start_crashing(
        point,
        "worker",
        "--queues=webhooks",
        log=service.home / "crashing-worker.log",
        environment=service.environment,
    )
    try:
        assert worker.child.wait(START_SECONDS) == -signal.SIGKILL
    finally:
        worker.kill()


class TestWorker:
    @pytest.mark.parametrize(
        ("point", "sent_before", "sent_in_all"),
        [
            ("fanned out", 0, 1),
            ("delivery claimed", 0, 1),
            ("message sent", 1, 2),
            ("attempt recorded", 1, 1),
        ],
    )
    def test_that_dies_loses_no_message_and_repeats_it_under_the_same_id(
        self, idle: Service, point: str, sent_before: int, sent_in_all: int
    ) -> None:
        with WebhookReceiver.start() as receiver:
            fields = {"url": receiver.url, "event_types": ["payout.created"]}
            endpoint = idle.staff.post("/api/webhooks/", json=fields).json()
            idle.make_payout()
            crash_worker(idle, point)
            assert len(receiver.messages) == sent_before

            let_time_pass(LEASE_SECONDS)
            idle.up("worker")

            path = f"/api/webhooks/{endpoint['id']}/deliveries/?status=DELIVERED"
            [delivery] = eventually(lambda: idle.staff.get(path).json()["results"])
            assert receiver.ids == [delivery["message_id"]] * sent_in_all
            receiver.verify(endpoint["secret"])
