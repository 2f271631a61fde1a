"""Users and API tokens in the console, and who gets there."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs
from tests.users import make_token, make_user

from payouts.adapters.database.models import ApiToken
from payouts.domain.role import Permission, Role
from payouts.entrypoints.access.users import role_of

pytestmark = pytest.mark.usefixtures("database")

USERS = "/console/auth/user/"
TOKENS = "/console/payouts/apitoken/"
PASSWORD = "a long password of the tests"


@pytest.fixture
def admin(database: None) -> Client:
    return signed_in("adele", Role.ADMINISTRATOR)


def signed_in(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(make_user(name, role))
    return client


def page_of(user: User) -> str:
    return f"{USERS}{user.pk}/change/"


def change(client: Client, user: User, **fields: str) -> Any:
    """Send the form of a user; a field that is "" is left out, as a browser does with a box."""
    form = {"role": role_of(user) or "", "is_active": "on"} | fields
    return client.post(page_of(user), {name: text for name, text in form.items() if text})


def errors_of(answer: Any) -> str:
    assert answer.status_code == HTTPStatus.OK
    return str(answer.context["adminform"].form.errors)


def stored(user: User) -> User:
    return User.objects.get(pk=user.pk)


def access_lines(logs: list[Any]) -> list[dict[str, Any]]:
    """Return the lines about users and tokens, without their level."""
    about = [line for line in logs if line["event"].split(".")[0] in {"user", "token"}]
    return [{name: line[name] for name in line if name != "log_level"} for line in about]


class TestPages:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
    def test_are_for_administrators_only(self, role: Role) -> None:
        client, target = signed_in("sven", role), make_user("ann")
        token, _ = make_token(target)
        refused = HTTPStatus.FORBIDDEN if role.uses_console else HTTPStatus.FOUND
        forged = {"username": "mallory", "role": "administrator", "is_active": "on"}
        for address in (
            USERS,
            f"{USERS}add/",
            page_of(target),
            TOKENS,
            f"{TOKENS}add/",
            f"{TOKENS}{token.pk}/change/",
            f"{TOKENS}{token.pk}/revoke/",
            "/console/roles/",
        ):
            assert client.get(address).status_code == refused, address
            assert client.post(address, forged | {"user": target.pk}).status_code == refused
        assert set(User.objects.values_list("username", flat=True)) == {"sven", "ann"}
        assert role_of(stored(target)) is Role.CLIENT
        assert list(ApiToken.objects.all()) == [token]

    @pytest.mark.parametrize("role", [role for role in Role if role.uses_console])
    def test_have_links_for_those_who_may_see_them(self, role: Role) -> None:
        index = signed_in("sven", role).get("/console/").content.decode()
        for address in (USERS, TOKENS, "/console/roles/"):
            assert (f'href="{address}"' in index) is (role is Role.ADMINISTRATOR)

    @pytest.mark.parametrize("page", ["delete", "password"])
    def test_of_django_that_go_round_the_rules_are_not_there(
        self, admin: Client, page: str
    ) -> None:
        target = make_user("ann")
        token, _ = make_token(target)
        for address in (f"{USERS}{target.pk}/{page}/", f"{TOKENS}{token.pk}/{page}/"):
            assert admin.post(address, {"post": "yes"}).status_code in {302, 403, 404}
        for address in (USERS, TOKENS):
            marked = {"action": "delete_selected", "_selected_action": target.pk, "post": "yes"}
            admin.post(address, marked)
        assert stored(target)
        assert ApiToken.objects.exists()

    def test_need_the_csrf_token_of_the_form(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_user("adele", Role.ADMINISTRATOR))
        token, _ = make_token(make_user("ann"))
        assert client.post(f"{TOKENS}{token.pk}/revoke/").status_code == HTTPStatus.FORBIDDEN
        assert ApiToken.objects.exists()


class TestUsers:
    def test_are_listed_with_role_state_and_tokens(self, admin: Client) -> None:
        ann = make_user("ann", Role.INTEGRATOR, is_active=False)
        for expiry in (None, timedelta(days=1), timedelta(seconds=-1)):
            make_token(ann, expiry=expiry)
        [shown] = (found := admin.get(USERS, {"q": "ann"}).context["cl"]).result_list
        pages = found.model_admin
        assert (pages.shown_role(shown), pages.shown_state(shown)) == ("Integrator", "Not active")
        assert ">2<span" in pages.shown_tokens(shown)  # without the one that has expired

    @pytest.mark.parametrize("role", Role)
    def test_are_found_by_role(self, admin: Client, role: Role) -> None:
        for each in Role:
            make_user(f"a-{each}", each)
        found = admin.get(USERS, {"role": role, "q": "a-"}).context["cl"].result_list
        assert [user.username for user in found] == [f"a-{role}"]

    def test_are_added_with_a_role_and_a_password(self, admin: Client) -> None:
        with capture_logs() as logs:
            form = {"username": "olga", "role": "operator", "new_password": PASSWORD}
            assert admin.post(f"{USERS}add/", form).status_code == HTTPStatus.FOUND
        olga = User.objects.get(username="olga")
        assert (role_of(olga), olga.is_staff, olga.is_active) == (Role.OPERATOR, True, True)
        assert olga.check_password(PASSWORD)
        line = {"event": "user.created", "user": "olga", "role": "operator", "actor": "adele"}
        assert access_lines(logs) == [line]

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"username": "system"}, "name of the workers"),
            ({"username": "adele"}, "already exists"),
            ({"username": "two words"}, "Enter a valid username"),
            ({"role": ""}, "required"),
            ({"role": "root"}, "not one of the available choices"),
            ({"new_password": "short"}, "too short"),
            ({"new_password": "password123"}, "too common"),
            ({"role": "client", "new_password": PASSWORD}, "does not log in to the console"),
        ],
    )
    def test_are_refused_if_anything_is_wrong(
        self, admin: Client, fields: dict[str, str], error: str
    ) -> None:
        form = {"username": "olga", "role": "operator", "new_password": ""}
        assert error in errors_of(admin.post(f"{USERS}add/", form | fields))
        assert User.objects.count() == 1

    def test_get_another_role_at_once(self, admin: Client) -> None:
        sven = make_user("sven", Role.VIEWER)
        client = Client()
        client.force_login(sven)
        assert client.get(USERS).status_code == HTTPStatus.FORBIDDEN
        with capture_logs() as logs:
            assert change(admin, sven, role="administrator").status_code == HTTPStatus.FOUND
        assert client.get(USERS).status_code == HTTPStatus.OK
        [line] = access_lines(logs)
        assert line == {
            "event": "user.changed",
            "user": "sven",
            "actor": "adele",
            "role": "administrator",
            "password_changed": False,
        }

    def test_are_shut_out_at_once_and_not_deleted(self, admin: Client) -> None:
        sven = make_user("sven", Role.OPERATOR)
        client = Client()
        client.force_login(sven)
        assert client.get("/console/").status_code == HTTPStatus.OK
        with capture_logs() as logs:
            assert change(admin, sven, is_active="").status_code == HTTPStatus.FOUND
        assert client.get("/console/").status_code == HTTPStatus.FOUND
        assert [line["is_active"] for line in access_lines(logs)] == [False]
        assert change(admin, stored(sven)).status_code == HTTPStatus.FOUND
        assert stored(sven).is_active

    def test_get_another_password_which_is_not_logged(self, admin: Client) -> None:
        sven = make_user("sven", Role.OPERATOR, password="the old one of sven")
        with capture_logs() as logs:
            answer = change(admin, sven, new_password=PASSWORD)
        assert answer.status_code == HTTPStatus.FOUND
        assert stored(sven).check_password(PASSWORD)
        assert [line["password_changed"] for line in access_lines(logs)] == [True]
        assert PASSWORD not in str(logs)

    def test_are_logged_when_they_change_their_own_password(self) -> None:
        make_user("olga", Role.OPERATOR, password="the old one of olga")
        client = Client()
        client.force_login(User.objects.get(username="olga"))
        old = {"old_password": "the old one of olga"}
        new = {"new_password1": PASSWORD, "new_password2": PASSWORD}
        with capture_logs() as logs:
            client.post("/console/password_change/", old | new | {"new_password2": "another"})
            client.post("/console/password_change/", old | new)
        [line] = access_lines(logs)
        assert (line["user"], line["actor"], line["password_changed"]) == ("olga", "olga", True)

    def test_that_stay_as_they_are_are_not_logged(self, admin: Client) -> None:
        with capture_logs() as logs:
            change(admin, make_user("sven", Role.VIEWER))
        assert access_lines(logs) == []

    def test_keep_their_names_which_histories_have(self, admin: Client) -> None:
        sven = make_user("sven", Role.VIEWER)
        change(admin, sven, username="adele2", is_superuser="on", is_staff="on", groups="6")
        found = stored(sven)
        assert (found.username, found.is_superuser, role_of(found)) == ("sven", False, Role.VIEWER)

    @pytest.mark.parametrize("fields", [{"role": "viewer"}, {"is_active": ""}, {}])
    def test_do_not_change_themselves(self, admin: Client, fields: dict[str, str]) -> None:
        make_user("another", Role.ADMINISTRATOR)
        adele = User.objects.get(username="adele")
        assert "This is you" in admin.get(page_of(adele)).content.decode()
        assert change(admin, adele, **fields).status_code == HTTPStatus.FORBIDDEN
        assert (role_of(stored(adele)), stored(adele).is_active) == (Role.ADMINISTRATOR, True)

    @pytest.mark.parametrize("fields", [{"role": "operator"}, {"is_active": ""}])
    def test_include_an_administrator_whoever_changes_them(self, fields: dict[str, str]) -> None:
        """A superuser of Django's is none: it may have no password, and no role."""
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        last = make_user("adele", Role.ADMINISTRATOR)
        make_user("away", Role.ADMINISTRATOR, is_active=False)
        assert "last active administrator" in errors_of(change(client, last, **fields))
        assert (role_of(stored(last)), stored(last).is_active) == (Role.ADMINISTRATOR, True)
        make_user("another", Role.ADMINISTRATOR)
        assert change(client, last, **fields).status_code == HTTPStatus.FOUND

    def test_include_an_administrator_when_two_demote_each_other(self) -> None:
        clients = [signed_in(name, Role.ADMINISTRATOR) for name in ("adele", "arthur")]
        targets = [User.objects.get(username=name) for name in ("arthur", "adele")]
        together = Barrier(2)

        def demote(client: Client, target: User) -> int:
            try:
                together.wait(10)
                return int(change(client, target, role="viewer").status_code)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            statuses = sorted(threads.map(demote, clients, targets))
        assert statuses[0] != statuses[1]
        assert User.objects.filter(groups__name=Role.ADMINISTRATOR).count() == 1

    def test_made_by_django_get_a_role(self, admin: Client) -> None:
        root = User.objects.create_superuser("root")
        assert "Superuser" in admin.get(page_of(root)).content.decode()
        assert change(admin, root, role="").status_code == HTTPStatus.FOUND
        assert stored(root).is_superuser
        assert change(admin, root, role="viewer").status_code == HTTPStatus.FOUND
        assert not stored(root).is_superuser
        assert role_of(stored(root)) is Role.VIEWER

    @pytest.mark.parametrize("name", ["password__startswith", "password", "groups__name"])
    def test_hashes_are_not_guessed_by_filters(self, admin: Client, name: str) -> None:
        assert admin.get(USERS, {name: "pbkdf2"}).status_code in {302, 400}


def issue(client: Client, owner: User, **fields: str) -> Any:
    """Open the form of a token and send it."""
    form_id = client.get(f"{TOKENS}add/").context["adminform"].form.initial["form_id"]
    given = {"user": str(owner.pk), "name": "billing", "expires": "90", "form_id": form_id}
    return client.post(f"{TOKENS}add/", given | fields)


class TestTokens:
    def test_are_issued_and_shown_once(self, admin: Client, client: Client) -> None:
        ann = make_user("ann")
        with capture_logs() as logs:
            page = issue(admin, ann)
        assert page.status_code == HTTPStatus.OK
        assert "no-store" in page["Cache-Control"]
        [token] = re.findall(r'<code[^>]*id="token">(\w{40,})</code>', page.content.decode())
        assert page.content.decode().count(token) == 1
        row = ApiToken.objects.get()
        assert (row.user, row.name, row.token_key) == (ann, "billing", token[:15])
        remaining = row.expiry - timezone.now()
        assert timedelta(days=89) < remaining < timedelta(days=90)
        used = client.get("/api/payouts/", headers={"Authorization": f"Bearer {token}"})
        assert used.status_code == HTTPStatus.OK
        for address in (TOKENS, f"{TOKENS}{row.pk}/change/", f"{TOKENS}{row.pk}/revoke/", USERS):
            assert token not in admin.get(address).content.decode()
        key = row.token_key
        line = {"event": "token.issued", "user": "ann", "key": key, "actor": "adele"}
        assert access_lines(logs) == [line]
        assert token not in str(logs)

    def test_are_not_issued_again_by_a_reload(self, admin: Client) -> None:
        ann = make_user("ann")
        form_id = admin.get(f"{TOKENS}add/").context["adminform"].form.initial["form_id"]
        form = {"user": ann.pk, "name": "billing", "form_id": form_id}
        assert "token" in admin.post(f"{TOKENS}add/", form).context
        again = admin.post(f"{TOKENS}add/", form)
        assert "This form was sent already" in errors_of(again)
        assert ApiToken.objects.count() == 1
        fresh = re.findall(r'name="form_id" value="(\w+)"', again.content.decode())
        assert "token" in admin.post(f"{TOKENS}add/", form | {"form_id": fresh[0]}).context

    def test_never_end_by_themselves_if_wanted(self, admin: Client) -> None:
        assert issue(admin, make_user("ann"), expires="").status_code == HTTPStatus.OK
        assert ApiToken.objects.get().expiry is None

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"name": ""}, "required"),
            ({"name": "two\nlines"}, "name of the token"),
            ({"expires": "-1"}, "not one of the available choices"),
            ({"user": "0"}, "not one of the available choices"),
            ({"form_id": "forged"}, "sent already"),
        ],
    )
    def test_are_refused_if_anything_is_wrong(
        self, admin: Client, fields: dict[str, str], error: str
    ) -> None:
        assert error in errors_of(issue(admin, make_user("ann"), **fields))
        assert not ApiToken.objects.exists()

    def test_are_not_issued_to_deactivated_users(self, admin: Client) -> None:
        gone = make_user("gone", is_active=False)
        assert "available choices" in errors_of(issue(admin, gone))

    @pytest.mark.parametrize("text", ["bill", "ANN", "billing ann"])
    def test_are_found_by_name_and_user(self, admin: Client, text: str) -> None:
        wanted, _ = make_token(make_user("ann"), name="billing")
        make_token(make_user("bob"), name="shop")
        found = admin.get(TOKENS, {"q": text}).context["cl"].result_list
        assert found == [wanted]

    def test_are_listed_for_one_user(self, admin: Client) -> None:
        ann = make_user("ann")
        wanted, _ = make_token(ann)
        make_token(make_user("bob"))
        found = admin.get(TOKENS, {"user__id__exact": ann.pk}).context["cl"].result_list
        assert found == [wanted]

    def test_are_revoked_after_a_question(self, admin: Client) -> None:
        token, _ = make_token(make_user("ann"), name="billing")
        asked = admin.get(f"{TOKENS}{token.pk}/revoke/")
        assert "billing of ann" in asked.content.decode()
        assert ApiToken.objects.exists()
        with capture_logs() as logs:
            done = admin.post(f"{TOKENS}{token.pk}/revoke/", follow=True)
        assert "The token billing of ann is revoked." in done.content.decode()
        assert not ApiToken.objects.exists()
        key = token.token_key
        line = {"event": "token.revoked", "user": "ann", "key": key, "actor": "adele"}
        assert access_lines(logs) == [line]
        again = admin.post(f"{TOKENS}{token.pk}/revoke/", follow=True)
        assert "may have revoked it already" in again.content.decode()

    def test_are_not_changed(self, admin: Client) -> None:
        token, _ = make_token(make_user("ann"), name="billing")
        page = f"{TOKENS}{token.pk}/change/"
        assert admin.get(page).status_code == HTTPStatus.OK
        assert admin.post(page, {"name": "shop"}).status_code == HTTPStatus.FORBIDDEN
        assert ApiToken.objects.get().name == "billing"


class TestRoles:
    def test_are_shown_as_the_domain_has_them(self, admin: Client) -> None:
        rows = {
            action: dict(zip(Role, cells, strict=True))
            for action, cells in admin.get("/console/roles/").context["rows"]
        }
        assert len(rows) == len(Permission) + 1
        for permission in Permission:
            for role in Role:
                shown = rows[permission.action.capitalize()][role]
                assert shown is (permission in role.permissions)


class TestUserWithoutARole:
    def test_is_given_one(self, admin: Client) -> None:
        nobody = User.objects.create_user("nobody", is_staff=True)
        assert "No role" in admin.get(page_of(nobody)).content.decode()
        assert change(admin, nobody, role="viewer").status_code == HTTPStatus.FOUND
        assert role_of(stored(nobody)) is Role.VIEWER
