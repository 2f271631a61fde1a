"""Who may do what: roles, tokens, and sessions of the console."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import httpx
import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from tests.endpoints import ENDPOINTS, GUARDED, Access, routes
from tests.problems import expect_problem
from tests.running import eventually, http_client
from tests.service import Service
from tests.users import make_token, make_user

from payouts.adapters.database.models import ApiToken
from payouts.domain.role import Permission, Role
from payouts.entrypoints.access.users import set_role

PASSWORD = "a long password of the tests"
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SERVICE_ROUTES = [route for route in routes() if not route.startswith("console/")]
CONSOLE_ROUTES = [route for route in routes() if route.startswith("console/")]
# Without a session: the page to log in, its texts for scripts, and the end of a session.
OPEN_CONSOLE_ROUTES = {"console/login/", "console/logout/", "console/jsi18n/"}


@dataclass
class Caller:
    """Sends requests. `is_known` and `permissions` say what the service should make of it."""

    is_known: bool
    permissions: Collection[Permission] = ()
    has_csrf_token: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def send(self, method: str, path: str) -> HttpResponseBase:
        return self.client.generic(
            method, path, b"{}", content_type="application/json", headers=self.headers
        )

    def may_use(self, access: Access | Permission) -> bool:
        return isinstance(access, Access) or access in self.permissions


def by_token(role: Role) -> Caller:
    _, headers = make_token(make_user("ursula", role))
    return Caller(is_known=True, permissions=role.permissions, headers=headers)


def by_session(role: Role, *, has_csrf_token: bool = True) -> Caller:
    caller = Caller(is_known=True, permissions=role.permissions, has_csrf_token=has_csrf_token)
    caller.client.force_login(make_user("ursula", role))
    if has_csrf_token:
        caller.client.cookies["csrftoken"] = "c" * 32
        caller.headers["X-CSRFToken"] = "c" * 32
    return caller


def by_authorization(text: str) -> Caller:
    return Caller(is_known=False, headers={"Authorization": text})


def deactivated() -> Caller:
    user = make_user("ulrike", Role.ADMINISTRATOR, is_active=False)
    return Caller(is_known=False, headers=make_token(user)[1])


def revoked() -> Caller:
    row, headers = make_token(make_user("ulrike", Role.ADMINISTRATOR))
    row.delete()
    return Caller(is_known=False, headers=headers)


def expired() -> Caller:
    user = make_user("ulrike", Role.ADMINISTRATOR)
    return Caller(is_known=False, headers=make_token(user, expiry=timedelta(seconds=-1))[1])


def superuser() -> Caller:
    user = User.objects.create_superuser("ulrike")
    return Caller(is_known=True, permissions=[*Permission], headers=make_token(user)[1])


def without_a_role() -> Caller:
    """A user that another program has made, even with one of Django's permissions of its own."""
    user = User.objects.create_user("ulrike", is_staff=True)
    user.user_permissions.add(*DjangoPermission.objects.filter(codename="view_payout"))
    return Caller(is_known=True, headers=make_token(user)[1])


STRANGERS: dict[str, Callable[[], Caller]] = {
    "anonymous": lambda: Caller(is_known=False),
    "malformed token": lambda: by_authorization("Bearer x y z"),
    "unknown token": lambda: by_authorization(f"Bearer {'0' * 64}"),
    "no token": lambda: by_authorization("Bearer"),
    "another scheme": lambda: by_authorization("Basic eDp5"),
    "deactivated": deactivated,
    "revoked": revoked,
    "expired": expired,
}
CALLERS: dict[str, Callable[[], Caller]] = STRANGERS | {
    "superuser": superuser,
    "without a role": without_a_role,
    **{f"token of {role}": partial(by_token, role) for role in Role},
    **{f"session of {role}": partial(by_session, role) for role in Role},
    "session without CSRF token": partial(by_session, Role.ADMINISTRATOR, has_csrf_token=False),
}
WITHOUT_CONSOLE = [
    *STRANGERS,
    *(f"token of {role}" for role in Role),
    *(f"session of {role}" for role in Role if not role.uses_console),
]

REFUSED = {403, 405}


def expected_statuses(route: str, method: str, caller: Caller) -> set[int]:
    """Derive the status from the table; a method that is not in it must be refused."""
    there = {each.method: each for each in ENDPOINTS if each.route == route}
    is_guarded = any(each in GUARDED for each in there.values())
    if is_guarded and not caller.is_known:
        return {401}
    if is_guarded and not caller.has_csrf_token and method not in SAFE_METHODS:
        return {403}
    if method not in there:
        return REFUSED
    return {there[method].admitted} if caller.may_use(there[method].access) else {403}


@pytest.mark.usefixtures("database")
class TestEveryEndpoint:
    def test_is_in_the_table(self) -> None:
        assert set(SERVICE_ROUTES) == {each.route for each in ENDPOINTS}

    @pytest.mark.parametrize("name", CALLERS)
    def test_admits_whom_the_table_says_and_no_other(self, name: str) -> None:
        caller = CALLERS[name]()
        wrong = []
        for route in SERVICE_ROUTES:
            path = next(each.path for each in ENDPOINTS if each.route == route)
            for method in METHODS:
                status = caller.send(method, path).status_code
                expected = expected_statuses(route, method, caller)
                if status not in expected:
                    wrong.append(f"{method} {route}: {status}, not {expected}")
        assert wrong == []

    @pytest.mark.parametrize("name", WITHOUT_CONSOLE)
    def test_of_the_console_is_for_sessions_of_its_roles_only(self, name: str) -> None:
        caller = CALLERS[name]()
        assert CONSOLE_ROUTES
        for route in set(CONSOLE_ROUTES) - OPEN_CONSOLE_ROUTES:
            path = "/" + re.sub(r"<[^>]+>|\(.*", "1", route.replace("^", ""))
            answer = caller.send("GET", path)
            assert answer.status_code == 302, route
            assert answer["Location"].startswith("/console/login/"), route
            # The CSRF token is asked for first.
            assert caller.send("POST", path).status_code in {302, 403}, route

    @pytest.mark.parametrize("name", CALLERS)
    def test_shows_deleted_payouts_to_those_who_may_see_them(self, name: str) -> None:
        caller = CALLERS[name]()
        may = caller.may_use(Permission.VIEW_DELETED_PAYOUT)
        for endpoint in (each for each in GUARDED if each.method in {"GET", "HEAD"}):
            if "payouts" not in endpoint.route:
                continue
            status = caller.send(
                endpoint.method, f"{endpoint.path}?include_deleted=true"
            ).status_code
            assert status == (endpoint.admitted if may else 403 if caller.is_known else 401)

    def test_says_which_roles_may(self) -> None:
        caller = by_token(Role.CLIENT)
        for path, roles in (
            ("/api/recipients/", "integrator, operator or administrator"),
            ("/api/payouts/1/resolve/", "operator or administrator"),
        ):
            answer = caller.send("POST", path)
            assert f"This needs the role {roles}." in json.loads(answer.content)["detail"]

    def test_tells_the_anonymous_how_to_authenticate(self, asked_service: Service) -> None:
        with asked_service.client() as anonymous:
            answer = anonymous.get("/api/payouts/")
        expect_problem(answer, 401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


class TestUser:
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
            cursor.execute("SELECT row_to_json(payouts_apitoken)::text FROM payouts_apitoken")
            stored = "\n".join(row[0] for row in cursor.fetchall())
        assert "digest" in stored
        assert token not in stored

    def test_does_not_end_by_itself(self, service: Service) -> None:
        assert ApiToken.objects.exclude(expiry=None).count() == 0

    @pytest.mark.parametrize(
        "end",
        [
            lambda user: ApiToken.objects.filter(user=user).delete(),
            lambda user: User.objects.filter(pk=user).update(is_active=False),
        ],
        ids=["revoked", "its user gone"],
    )
    def test_ends_within_a_second(self, service: Service, end: Callable[[int], object]) -> None:
        with service.make_client("ulrike") as client:
            assert statuses(client, "GET", "/api/payouts/") == {200}
            end(User.objects.get(username="ulrike").pk)
            eventually(lambda: statuses(client, "GET", "/api/payouts/") == {401}, within_seconds=1)

    def test_has_the_rights_of_another_role_within_a_second(self, service: Service) -> None:
        with service.make_client("ulrike", role="operator") as client:
            assert statuses(client, "DELETE", "/api/payouts/4000000000/") == {404}
            set_role(User.objects.get(username="ulrike"), Role.VIEWER)
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
    make_user("olga", "operator", password=PASSWORD)
    with service.client() as browser:
        answer = log_in(browser, "olga", PASSWORD)
        assert answer.status_code == 302, answer.text
        yield browser


def log_in(browser: httpx.Client, username: str, password: str) -> httpx.Response:
    form = browser.get("/console/login/")
    [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    data = {"username": username, "password": password, "csrfmiddlewaretoken": token}
    return browser.post("/console/login/", data=data)


class TestLogIn:
    def test_pauses_after_ten_failures_of_one_user_from_one_address(self, service: Service) -> None:
        for name in ("olga", "oleg"):
            make_user(name, "operator", password=PASSWORD)
        with service.client() as browser:
            statuses = [log_in(browser, "olga", "wrong").status_code for _ in range(12)]
            assert statuses == [200] * 9 + [429] * 3
            refused = log_in(browser, "olga", PASSWORD)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
            assert log_in(browser, "oleg", PASSWORD).status_code == 302

    def test_stays_possible_from_other_addresses(self, service: Service) -> None:
        make_user("olga", "operator", password=PASSWORD)
        with service.another_web(TRUSTED_PROXIES="127.0.0.0/8") as url:
            attacker, owner = (
                http_client(base_url=url, headers={"X-Forwarded-For": address})
                for address in ("203.0.113.9", "198.51.100.7")
            )
            with attacker, owner:
                for _ in range(11):
                    last = log_in(attacker, "olga", "wrong")
                assert last.status_code == 429
                assert log_in(owner, "olga", PASSWORD).status_code == 302

    def test_counts_without_redis(self, service: Service) -> None:
        make_user("olga", "operator", password=PASSWORD)
        with service.outage("killed"), service.client() as browser:
            for _ in range(11):
                last = log_in(browser, "olga", "wrong")
        assert last.status_code == 429

    def test_is_forgiven_its_failures_by_the_right_password(self, service: Service) -> None:
        make_user("olga", "operator", password=PASSWORD)
        for _ in range(2):
            with service.client() as browser:
                for _ in range(9):
                    log_in(browser, "olga", "wrong")
                assert log_in(browser, "olga", PASSWORD).status_code == 302

    def test_that_fails_is_logged_with_user_and_address(self, service: Service) -> None:
        with service.client() as browser:
            log_in(browser, "mallory", "a secret of mallory")

        def find_line() -> dict[str, object] | None:
            lines = service.log_lines("web")
            return next((line for line in lines if line.get("user") == "mallory"), None)

        line = eventually(find_line)
        assert line is not None
        told = (line["event"], line["client"], line["level"])
        assert told == ("login.failed", "127.0.0.1", "warning")
        finished = [x for x in service.log_lines("web") if x["event"] == "request.finished"]
        assert {line["client"] for line in finished} <= {"127.0.0.1", "::1"}
        assert "a secret of mallory" not in str(service.log_lines("web"))


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

    def test_goes_on_without_redis(self, service: Service) -> None:
        with console_session(service) as browser, service.outage("killed"):
            for path in ("", "search/?s=payout", "payouts/payout/?q=x", "payouts/recipient/"):
                assert browser.get(f"/console/{path}").status_code == 200, path

    def test_ends_with_the_log_out(self, service: Service) -> None:
        with console_session(service) as browser:
            token = browser.cookies["csrftoken"]
            browser.post("/console/logout/", data={"csrfmiddlewaretoken": token})
            expect_problem(browser.get("/api/payouts/"), 401, "not_authenticated")
