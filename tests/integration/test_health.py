"""Health checks, and responses while the database is unavailable."""

from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from tests.database_proxy import DatabaseProxy, database_proxy
from tests.problems import expect_problem
from tests.running import eventually, http_client
from tests.service import Service, order

ANN = {"type": "INDIVIDUAL", "name": "Ann Example", "account_number": "LOCAL-0042"}


class TestHealth:
    def test_reports_a_healthy_service(self, asked_service: Service) -> None:
        with asked_service.client() as anyone:
            answer = anyone.get("/health/")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == {
            "status": "healthy",
            "database": True,
            "database_state": "available",
            "redis": True,
            "broker": True,
            "log_lines_dropped": 0,
            "bank_access": True,
            "oldest_due_seconds": 0,
            "needs_review": 0,
        }

    def test_responds_200_to_liveness_and_readiness_probes(self, asked_service: Service) -> None:
        with asked_service.client() as anyone:
            assert anyone.get("/health/live/").json() == {"status": "alive"}
            assert anyone.get("/health/ready/").json() == {"status": "ready"}

    @pytest.mark.parametrize("path", ["/health/", "/health/live/", "/health/ready/"])
    def test_is_never_cached(self, asked_service: Service, path: str) -> None:
        assert "no-store" in asked_service.user.get(path).headers["Cache-Control"]

    @pytest.mark.parametrize("path", ["/health/live/", "/health/ready/"])
    def test_accepts_any_host(self, asked_service: Service, path: str) -> None:
        for host in ("10.1.2.3:8000", "[fd00::1]", "a_b", "other.example"):
            assert asked_service.user.get(path, headers={"Host": host}).status_code == 200
            other = asked_service.user.get("/api/payouts/", headers={"Host": host})
            expect_problem(other, 400, "bad_request")

    def test_reports_how_long_the_oldest_due_payout_has_waited(self, service: Service) -> None:
        with service.frozen("worker"):
            service.make_payout()
            eventually(lambda: service.health()["oldest_due_seconds"] >= 0.2)
            assert service.health()["status"] == "healthy"
        eventually(lambda: service.health()["oldest_due_seconds"] == 0)


@pytest.fixture(scope="module")
def proxy(database_url: str) -> Iterator[DatabaseProxy]:
    with database_proxy(database_url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def web_behind_proxy(asked_service: Service, proxy: DatabaseProxy) -> Iterator[str]:
    """A web server that reaches the database through the proxy."""
    with asked_service.another_web(DATABASE_URL=proxy.url, WEB_WORKERS="1") as url:
        yield url


@pytest.fixture
def client(service: Service, proxy: DatabaseProxy, web_behind_proxy: str) -> Iterator[httpx.Client]:
    """A client of that server, whose connection to the database is in use."""
    token = {"Authorization": service.staff.headers["Authorization"]}
    with http_client(base_url=web_behind_proxy, headers=token) as client:
        eventually(lambda: client.get("/api/payouts/").status_code == 200)
        yield client


class TestLostDatabase:
    def test_makes_the_service_unhealthy_but_alive(
        self, client: httpx.Client, proxy: DatabaseProxy
    ) -> None:
        proxy.cut()
        try:
            health = client.get("/health/")
            assert (health.status_code, health.headers["Content-Type"]) == (503, "application/json")
            assert health.json() == {
                "status": "unhealthy",
                "database": False,
                "database_state": "unreachable",
                "redis": True,
                "broker": True,
                "log_lines_dropped": 0,
            }
            assert client.get("/health/ready/").status_code == 503
            assert client.get("/health/live/").status_code == 200
        finally:
            proxy.restore()
        assert client.get("/health/").json()["status"] == "healthy"
        assert client.get("/health/ready/").status_code == 200

    def test_gives_503_with_retry_after_on_every_endpoint(
        self, service: Service, client: httpx.Client, proxy: DatabaseProxy
    ) -> None:
        payout = service.make_payout()
        body = order(payout["recipient_id"])
        post = partial(client.post, "/api/payouts/", json=body)
        proxy.cut()
        try:
            for call in (
                post,
                partial(client.get, "/api/payouts/"),
                partial(client.get, f"/api/payouts/{payout['id']}/"),
                partial(client.get, f"/api/payouts/{payout['id']}/events/"),
                partial(client.patch, f"/api/payouts/{payout['id']}/", json={"status": "FAILED"}),
                partial(client.delete, f"/api/payouts/{payout['id']}/"),
                partial(client.get, "/api/recipients/"),
                partial(client.post, "/api/recipients/", json=ANN),
            ):
                answer = call()
                expect_problem(answer, 503, "database_unavailable")
                assert int(answer.headers["Retry-After"]) > 0
        finally:
            proxy.restore()

        assert post().status_code == 201
        assert post().status_code == 200
