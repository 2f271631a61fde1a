"""Who may do what: tokens, staff, and sessions of the console."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from knox.models import AuthToken
from tests.problems import expect_problem
from tests.running import eventually
from tests.service import Service

PASSWORD = "a long password of the tests"
GUARDED = [
    ("GET", "/api/payouts/"),
    ("POST", "/api/payouts/"),
    ("GET", "/api/payouts/1/"),
    ("PATCH", "/api/payouts/1/"),
    ("DELETE", "/api/payouts/1/"),
    ("GET", "/api/payouts/1/events/"),
    ("POST", "/api/payouts/1/resolve/"),
    ("GET", "/api/recipients/"),
    ("POST", "/api/recipients/"),
    ("GET", "/api/recipients/1/"),
    ("PATCH", "/api/recipients/1/"),
]
FOR_STAFF = [
    ("PATCH", "/api/payouts/1/"),
    ("DELETE", "/api/payouts/1/"),
    ("POST", "/api/payouts/1/resolve/"),
    ("POST", "/api/recipients/"),
    ("PATCH", "/api/recipients/1/"),
]


class TestAnonymous:
    @pytest.mark.parametrize(("method", "path"), GUARDED)
    def test_is_turned_away_and_told_how_to_come_in(
        self, asked_service: Service, method: str, path: str
    ) -> None:
        with asked_service.client() as anonymous:
            answer = anonymous.request(method, path)
        expect_problem(answer, 401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/", "/health/", "/health/live/"])
    def test_may_read_what_is_for_anyone(self, asked_service: Service, path: str) -> None:
        with asked_service.client() as anonymous:
            assert anonymous.get(path).status_code == 200


class TestUser:
    @pytest.mark.parametrize(("method", "path"), FOR_STAFF)
    def test_is_not_allowed_what_is_for_staff(
        self, asked_service: Service, method: str, path: str
    ) -> None:
        answer = asked_service.user.request(method, path, json={})
        expect_problem(answer, 403, "permission_denied")

    def test_changes_nothing_by_trying(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            address = f"/api/payouts/{payout['id']}/"
            assert service.user.patch(address, json={"status": "FAILED"}).status_code == 403
            assert service.user.delete(address).status_code == 403
            assert service.payout(payout["id"]) == payout

    def test_reads_what_others_made(self, service: Service) -> None:
        payout = service.make_payout()
        with service.make_client("ulrike") as another:
            assert another.get(f"/api/payouts/{payout['id']}/").status_code == 200


class TestToken:
    def test_is_stored_as_a_hash_only(self, service: Service) -> None:
        token = service.user.headers["Authorization"].removeprefix("Bearer ")
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(knox_authtoken)::text FROM knox_authtoken")
            stored = "\n".join(row[0] for row in cursor.fetchall())
        assert "digest" in stored
        assert token not in stored

    def test_does_not_end_by_itself(self, service: Service) -> None:
        assert AuthToken.objects.exclude(expiry=None).count() == 0

    @pytest.mark.parametrize(
        "end",
        [
            lambda user: AuthToken.objects.filter(user=user).delete(),
            lambda user: User.objects.filter(pk=user).update(is_active=False),
        ],
        ids=["revoked", "its user gone"],
    )
    def test_ends_within_a_second(self, service: Service, end: Callable[[int], object]) -> None:
        with service.make_client("ulrike") as client:
            assert statuses(client, "GET", "/api/payouts/") == {200}
            end(User.objects.get(username="ulrike").pk)
            eventually(lambda: statuses(client, "GET", "/api/payouts/") == {401}, within_seconds=1)

    def test_is_one_of_staff_no_more_within_a_second(self, service: Service) -> None:
        with service.make_client("ulrike", is_staff=True) as client:
            assert statuses(client, "DELETE", "/api/payouts/4000000000/") == {404}
            User.objects.filter(username="ulrike").update(is_staff=False)
            eventually(
                lambda: statuses(client, "DELETE", "/api/payouts/4000000000/") == {403},
                within_seconds=1,
            )

    def test_ends_with_its_user(self, service: Service) -> None:
        with service.make_client("ulrike") as client:
            User.objects.filter(username="ulrike").update(is_active=False)
            answer = client.get("/api/payouts/")
        expect_problem(answer, 401, "authentication_failed")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def statuses(client: httpx.Client, method: str, path: str) -> set[int]:
    """Ask often enough to have met each process of the web."""
    return {client.request(method, path).status_code for _ in range(8)}


@contextmanager
def console_session(service: Service) -> Iterator[httpx.Client]:
    """Log in as a person does: fetch the form, send it back with its token."""
    User.objects.create_user("olga", password=PASSWORD, is_staff=True)
    with service.client() as browser:
        form = browser.get("/console/login/")
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        answer = browser.post(
            "/console/login/",
            data={"username": "olga", "password": PASSWORD, "csrfmiddlewaretoken": token},
        )
        assert answer.status_code == 302, answer.text
        yield browser


class TestConsoleSession:
    def test_opens_the_api_too(self, service: Service) -> None:
        with console_session(service) as browser:
            assert browser.get("/api/payouts/").status_code == 200

    def test_writes_only_with_its_csrf_token(self, service: Service) -> None:
        with service.frozen("worker"), console_session(service) as browser:
            payout = service.make_payout()
            address, body = f"/api/payouts/{payout['id']}/", {"status": "PROCESSING"}

            for headers in ({}, {"X-CSRFToken": "x" * 32}):
                refused = browser.patch(address, json=body, headers=headers)
                expect_problem(refused, 403, "permission_denied")
            assert service.payout(payout["id"])["status"] == "NEW"

            token = {"X-CSRFToken": browser.cookies["csrftoken"]}
            assert browser.patch(address, json=body, headers=token).status_code == 200
            assert service.events(payout["id"])[-1]["actor"] == "olga"

    def test_ends_with_the_log_out(self, service: Service) -> None:
        with console_session(service) as browser:
            token = browser.cookies["csrftoken"]
            browser.post("/console/logout/", data={"csrfmiddlewaretoken": token})
            expect_problem(browser.get("/api/payouts/"), 401, "not_authenticated")
