"""PostgreSQL is frozen: it keeps its connections open and answers nothing."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic

import httpx
import psutil
import pytest
from django.db import connection
from tests.problems import expect_problem
from tests.running import http_client, simultaneously
from tests.service import Service, order

# One limit of BoundedConnection, and what a busy machine takes.
LIMIT_SECONDS = 7 + 1.5
ANN = {"type": "INDIVIDUAL", "name": "Ann Example", "account_number": "LOCAL-0042"}


@contextmanager
def frozen_server() -> Iterator[None]:
    connection.ensure_connection()
    try:
        postmaster = psutil.Process(connection.connection.info.backend_pid).parent()
    except psutil.Error:
        pytest.skip("PostgreSQL runs on another machine")
    assert postmaster
    processes = [postmaster, *postmaster.children()]
    send(processes, signal.SIGSTOP)
    try:
        yield
    finally:
        send(processes, signal.SIGCONT)


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def timed(call: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    started = monotonic()
    answer = call()
    return monotonic() - started, answer


class TestFrozenDatabase:
    def test_delays_a_request_by_one_time_limit(self, service: Service) -> None:
        payout = service.make_payout()
        service.wait_for(payout["id"], "COMPLETED")
        token = {"Authorization": service.staff.headers["Authorization"]}
        path = f"/api/payouts/{payout['id']}/"
        with (
            service.another_web(WEB_WORKERS="1", WEB_THREADS="8") as url,
            http_client(base_url=url, headers=token) as client,
        ):
            calls = [
                partial(client.post, "/api/payouts/", json=order(payout["recipient_id"])),
                partial(client.get, "/api/payouts/"),
                partial(client.get, path),
                partial(client.patch, path, json={"status": "FAILED", "reason": "frozen"}),
                partial(client.post, "/api/recipients/", json=ANN),
                partial(client.get, "/health/"),
            ]
            simultaneously([partial(client.get, path) for _ in calls])
            with frozen_server():
                timings = simultaneously([partial(timed, call) for call in calls])
            for seconds, answer in timings:
                assert seconds < LIMIT_SECONDS, answer.request.url
                assert answer.status_code == 503
            for _, answer in timings[:-1]:
                expect_problem(answer, 503, "database_unavailable")
            # Connections are made again, without another failure.
            assert {answer.status_code for _, answer in map(timed, calls[1:3])} == {200}
