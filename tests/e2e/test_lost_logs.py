"""Web and worker whose standard error cannot be written, or is not read."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from tests.running import Process, answers, eventually, free_port, http_client
from tests.service import COMMAND, START_SECONDS, Service, order


@contextmanager
def full_disk() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@contextmanager
def closed_pipe() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@contextmanager
def unread_pipe() -> Iterator[int]:
    reader, writer = os.pipe()
    # Full from the start, so that not even the first line fits.
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    yield writer
    os.close(reader)
    os.close(writer)


@pytest.fixture(params=[full_disk, closed_pipe, unread_pipe])
def lost_output(request: pytest.FixtureRequest) -> Iterator[int]:
    output: Callable[[], Iterator[int]] = request.param
    with output() as descriptor:
        yield descriptor


@contextmanager
def running(service: Service, name: str, stderr: int, **environment: str) -> Iterator[Process]:
    child = subprocess.Popen(
        [COMMAND, name],
        env=service.environment | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,
    )
    process = Process(child, Path(os.devnull))
    try:
        yield process
        assert child.poll() is None
    finally:
        process.stop()


class TestLostLog:
    def test_fails_no_request_and_degrades_health(self, service: Service, lost_output: int) -> None:
        body = order(service.make_recipient()["id"])
        token = {"Authorization": service.user.headers["Authorization"]}
        url = f"http://127.0.0.1:{(port := free_port())}"
        with (
            running(service, "web", lost_output, PORT=str(port), WEB_WORKERS="1"),
            http_client(base_url=url, headers=token) as client,
        ):
            eventually(partial(answers, f"{url}/health/live/"), within_seconds=START_SECONDS)
            assert client.post("/api/payouts/", json=body).status_code == 201
            assert client.post("/api/payouts/", json={}).status_code == 400
            assert client.get("/api/payouts/").status_code == 200
            health = client.get("/health/").json()
        assert health["status"] == "degraded"
        assert health["log_lines_dropped"] > 0

    def test_does_not_stop_the_worker(
        self, service: Service, unattended_database: None, lost_output: int
    ) -> None:
        recipient_id = service.make_recipient()["id"]
        with running(service, "worker", lost_output), running(service, "beat", lost_output):
            for _ in range(3):
                service.wait_for(service.make_payout(recipient_id)["id"], "COMPLETED")
