"""A database that answers and cannot serve: full, without tables or free connections."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from tests.administration import administer
from tests.problems import expect_problem
from tests.running import http_client
from tests.service import Service, order
from tests.unavailable import expect_unavailable, expect_unhealthy

PASSWORD = "a long password of the tests"


@contextmanager
def refused_inserts(sqlstate: str, *, table: str = "payouts_payout") -> Iterator[None]:
    """Let PostgreSQL report this error for each new row."""
    administer(
        "CREATE FUNCTION of_a_test() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION SQLSTATE '{sqlstate}'; END $$",
        f"CREATE TRIGGER of_a_test BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION of_a_test()",
    )
    try:
        yield
    finally:
        administer(f"DROP TRIGGER of_a_test ON {table}", "DROP FUNCTION of_a_test")


class TestFailedStatement:
    @pytest.mark.parametrize("sqlstate", ["53100", "53200", "57P01", "58030", "25006", "42703"])
    def test_gives_503_for_an_error_of_the_server(self, service: Service, sqlstate: str) -> None:
        body = order(service.make_recipient()["id"])
        with refused_inserts(sqlstate):
            expect_unavailable(service.user.post("/api/payouts/", json=body))
        assert service.user.post("/api/payouts/", json=body).status_code == 201

    def test_is_reported_by_health_although_reads_work(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        token = {"Authorization": service.user.headers["Authorization"]}
        with (
            service.another_web(WEB_WORKERS="1") as url,
            http_client(base_url=url, headers=token) as client,
            refused_inserts("53100"),
        ):
            assert client.get("/health/").json()["status"] == "healthy"
            expect_unavailable(client.post("/api/payouts/", json=body))
            health = client.get("/health/").json()
        assert (health["status"], health["database_state"]) == ("degraded", "disk_full")

    def test_gives_a_page_with_503_in_the_console(self, service: Service) -> None:
        User.objects.create_superuser("olga", password=PASSWORD)
        form = {"username": "olga", "password": PASSWORD}
        with service.client() as browser, refused_inserts("53100", table="django_session"):
            page = browser.get("/console/login/").text
            [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            form["csrfmiddlewaretoken"] = token
            answer = browser.post("/console/login/", data=form)
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            503,
            "text/html; charset=utf-8",
        )
        assert int(answer.headers["Retry-After"]) > 0
        assert "The database is unavailable" in answer.text

    def test_gives_500_for_an_error_of_the_statement(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        with refused_inserts("22012"):
            expect_problem(service.user.post("/api/payouts/", json=body), 500, "internal_error")

    def test_gives_409_for_a_conflict_with_another_transaction(self, service: Service) -> None:
        body = order(service.make_recipient()["id"])
        with refused_inserts("40P01"):
            answer = service.user.post("/api/payouts/", json=body)
        expect_problem(answer, 409, "locked")
        assert int(answer.headers["Retry-After"]) > 0


@dataclass(frozen=True)
class Target:
    """A database that cannot be used, and the statements that create and drop it."""

    reason: str
    user: str | None = None
    database: str | None = None
    port: str = ""
    make: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def url(self, working_url: str) -> str:
        parts = urlsplit(working_url)
        login, _, address = parts.netloc.rpartition("@")
        netloc = f"{self.user or login}@{f'127.0.0.1:{self.port}' if self.port else address}"
        query = "" if self.port else parts.query
        path = f"/{self.database}" if self.database else parts.path
        return parts._replace(netloc=netloc, path=path, query=query).geturl()


TARGETS = [
    Target(
        "not_migrated",
        database="without_tables",
        make=("CREATE DATABASE without_tables",),
        remove=("DROP DATABASE without_tables WITH (FORCE)",),
    ),
    Target("database_missing", database="no_such_database"),
    Target("access_denied", user="no_such_role"),
    Target(
        "too_many_connections",
        user="crowded",
        make=("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0",),
        remove=("DROP ROLE crowded",),
    ),
    Target("unreachable", port="1"),
]


@pytest.fixture(params=TARGETS, ids=lambda target: target.reason)
def target(request: pytest.FixtureRequest, service: Service) -> Iterator[Target]:
    found: Target = request.param
    administer(*found.make)
    yield found
    administer(*found.remove)


class TestUnusableDatabase:
    def test_is_reported_by_health_and_in_one_line_by_commands(
        self, service: Service, target: Target, database_url: str
    ) -> None:
        url = target.url(database_url)
        token = {"Authorization": service.user.headers["Authorization"]}
        with (
            service.another_web(DATABASE_URL=url, WEB_WORKERS="1") as web_url,
            http_client(base_url=web_url, headers=token) as client,
        ):
            expect_unhealthy(client, target.reason)
            expect_unavailable(client.get("/api/payouts/"))
        for command in (["token", "ann"], ["drain"], ["reconcile", "--bank"]):
            ended = service.run(*command, DATABASE_URL=url)
            assert ended.returncode > 0
            # JSON lines are the log's.
            lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
            assert len(lines) == 1, ended.stderr
            assert lines[0].startswith("payouts: ")
