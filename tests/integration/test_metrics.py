"""`/metrics` of the running service: numbers of all web processes and of the worker."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

import httpx
import psutil
import pytest
from django.test import Client
from tests.database_proxy import database_proxy
from tests.metrics import MetricsPage
from tests.problems import expect_problem
from tests.running import eventually, http_client, simultaneously
from tests.service import JSON, Service, order
from tests.wire import send

from payouts.adapters.database import statistics
from payouts.adapters.database.rows import query

REQUESTS = "payouts_http_requests_total"
SECONDS = "payouts_http_request_duration_seconds"


def read_page(service: Service) -> MetricsPage | None:
    """Ask over a new connection; None if the process that accepted it was just killed."""
    with service.client() as prometheus, suppress(httpx.TransportError):
        return MetricsPage.get(prometheus)
    return None


@pytest.fixture
def metrics(service: Service) -> Callable[[], MetricsPage]:
    """What to call for the metrics as they are now."""

    def read() -> MetricsPage:
        page = eventually(partial(read_page, service))
        assert page
        return page

    return read


def web_processes(service: Service) -> list[psutil.Process]:
    return psutil.Process(service.processes["web"].child.pid).children()


class TestMetrics:
    def test_are_text_that_prometheus_reads(self, service: Service) -> None:
        with service.client() as prometheus:
            answer = prometheus.get("/metrics")
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert prometheus.head("/metrics").status_code == 200
            expect_problem(prometheus.post("/metrics"), 405, "method_not_allowed")
            assert prometheus.get("/metrics", headers={"Host": "10.1.2.3"}).status_code == 200

    def test_count_the_requests_of_all_web_processes(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        labels = {"route": "api/payouts/", "method": "GET"}
        before = metrics()
        with service.users(12) as clients:
            simultaneously([partial(client.get, "/api/payouts/") for client in clients] * 5)
        after = metrics()
        for metric in (REQUESTS, f"{SECONDS}_count"):
            assert after.sum(metric, **labels) - before.sum(metric, **labels) == 60
        assert after.sum(REQUESTS, **labels, status="200") >= 60
        assert after.sum(f"{SECONDS}_sum", **labels) > before.sum(f"{SECONDS}_sum", **labels)
        assert after.sum("payouts_processes", role="web") == 2

    def test_never_go_back_when_a_process_is_killed(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        labels = {"route": "health/live/", "status": "200"}

        def ask_many() -> None:
            with service.users(12) as clients:  # one request each
                assert len(clients) == 12

        ask_many()
        for _ in range(3):
            before = metrics().sum(REQUESTS, **labels)
            # One that dies again within seconds of its start would end the web server.
            min(web_processes(service), key=psutil.Process.create_time).kill()
            eventually(lambda: metrics().sum("payouts_processes", role="web") == 2)
            assert metrics().sum(REQUESTS, **labels) == before
            ask_many()
            assert metrics().sum(REQUESTS, **labels) == before + 12
        files = list((service.home / "metrics").glob("*.db"))
        assert len(files) <= 4 * 5  # a slot may still be locked when the next process starts

    def test_continue_when_all_web_processes_are_started_again(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        before = metrics().sum(REQUESTS)
        service.processes["web"].stop()
        service.up("web")
        service.wait_until_ready()
        assert metrics().sum(REQUESTS) > before

    def test_show_payouts_and_what_the_worker_asked_the_bank(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        exchanges, bank = "payouts_bank_exchanges_total", {"bank": "main", "operation": "send"}
        before = metrics()
        service.wait_for(service.make_payout(currency="EUR")["id"], "COMPLETED")
        after = metrics()
        assert after.sum("payouts_payouts", status="COMPLETED", currency="EUR") == 1
        assert after.sum("payouts_payouts") == 1
        assert after.sum("payouts_needs_review") == 0
        asked = after.sum(exchanges, **bank, outcome="settled") - before.sum(
            exchanges, **bank, outcome="settled"
        )
        assert asked == 1
        assert after.sum("payouts_bank_exchange_duration_seconds_count", **bank) >= 1
        assert after.sum("payouts_processes", role="worker") == 1

    def test_have_labels_of_bounded_values(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        recipient = service.make_recipient()["id"]
        service.user.get("/nowhere/")
        service.user.get(f"/api/recipients/{recipient}/")
        service.user.get("/api/recipients/999999999/")
        send(service.web_url, "BREW", "/nowhere/")
        before = metrics()
        for number in range(1_000):
            service.user.get(f"/nowhere/{number}/?page={number}")
        for number in range(50):
            service.user.get(f"/api/recipients/{number + 1}999999/")
            send(service.web_url, f"BREW{number}", "/nowhere/")
        after = metrics()
        assert after.samples.keys() - before.samples.keys() == set()
        for method, count in (("GET", 1_000), ("other", 50)):
            labels = {"route": "unmatched", "method": method}
            assert after.sum(REQUESTS, **labels) - before.sum(REQUESTS, **labels) == count

    def test_show_how_long_the_oldest_due_payout_has_waited(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        with service.frozen("worker"):
            service.make_payout()
            eventually(lambda: metrics().sum("payouts_oldest_due_seconds") >= 0.2)

    def test_show_an_open_circuit_breaker(
        self, service: Service, metrics: Callable[[], MetricsPage]
    ) -> None:
        breaker = {"name": "redis"}
        assert metrics().sum("payouts_circuit_breaker_open", **breaker) == 0
        with service.outage("killed"):
            service.health()
            assert metrics().sum("payouts_circuit_breaker_open", **breaker) == 1
        eventually(lambda: metrics().sum("payouts_circuit_breaker_open", **breaker) == 0)

    @pytest.mark.usefixtures("database")
    def test_ask_the_database_once(self) -> None:
        with patch.object(statistics, "query", wraps=query) as asked:
            assert Client().get("/metrics").status_code == 200
        assert asked.call_count == 1


@pytest.fixture(scope="module")
def guarded(running_service: Service) -> Iterator[httpx.Client]:
    """A client of a web server whose metrics need a token."""
    with (
        running_service.another_web(METRICS_TOKEN="open-sesame", METRICS_DIR="") as url,
        http_client(base_url=url) as client,
    ):
        yield client


class TestToken:
    @pytest.mark.parametrize(
        "given",
        [None, "open-sesame", "Basic open-sesame", "Bearer", "Bearer wrong", "Bearer open-sesamé"],
    )
    def test_is_required_if_it_is_set(self, guarded: httpx.Client, given: str | None) -> None:
        headers = {"Authorization": given.encode()} if given else {}
        answer = guarded.get("/metrics", headers=headers)
        expect_problem(answer, 401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "payouts_" not in answer.text

    def test_opens_the_metrics(self, guarded: httpx.Client) -> None:
        answer = guarded.get("/metrics", headers={"Authorization": "Bearer open-sesame"})
        assert answer.status_code == 200
        # Without METRICS_DIR the processes of one `payouts web` share a directory of their own.
        assert MetricsPage.parse(answer.text).sum("payouts_processes", role="web") == 2


class TestLostDatabase:
    def test_leaves_the_metrics_of_the_processes(
        self, service: Service, database_url: str, tmp_path: Path
    ) -> None:
        with (
            database_proxy(database_url) as proxy,
            service.another_web(DATABASE_URL=proxy.url, METRICS_DIR=str(tmp_path)) as url,
            http_client(base_url=url) as client,
        ):
            assert MetricsPage.get(client).sum("payouts_database_up") == 1
            proxy.cut()
            client.post("/api/payouts/", json=order(1), headers=JSON)
            page = MetricsPage.get(client)
            assert page.sum("payouts_database_up") == 0
            assert "payouts_payouts" not in page.names()
            assert page.sum(REQUESTS, route="api/payouts/", method="POST") == 1
            proxy.restore()
            eventually(lambda: MetricsPage.get(client).sum("payouts_database_up") == 1)
