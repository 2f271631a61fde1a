"""The console as a browser sees it, on the real database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from tests.contract.worlds import DatabaseWorld
from tests.unit.samples import a_request
from tests.users import make_user

from payouts.adapters.database.models import Recipient, RecipientChange

pytestmark = pytest.mark.usefixtures("database")

RECIPIENT = {
    "type": "INDIVIDUAL",
    "name": "Ann Example",
    "account_number": "GB29NWBK60161331926819",
    "bank_code": "",
    "country": "",
}


@pytest.fixture
def staff(database: None) -> Client:
    client = Client()
    client.force_login(make_user("stefan", "operator"))
    return client


class TestPayouts:
    @pytest.mark.parametrize("address", ["add/", "1/delete/"])
    def test_are_not_made_or_erased_there(self, staff: Client, address: str) -> None:
        assert staff.get(f"/console/payouts/payout/{address}").status_code in {302, 403, 404}

    def test_are_for_staff_only(self) -> None:
        client = Client()
        client.force_login(User.objects.create_user("ursula"))
        assert client.get("/console/payouts/payout/").status_code == 302


LISTS = [
    "payouts/payout/",
    "payouts/recipient/",
    "auth/user/",
    "payouts/apitoken/",
]
UNREADABLE = [
    "\0",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "9" * 40,
    "-1",
    "10000",
]
PARAMETERS = [
    *("q", "p", "o", "status__exact", "needs_review__exact", "returned", "currency", "type__exact"),
    *("created_at__gte", "created_at__lt", "created_at__year", "is_active__exact", "id__exact"),
    *("groups__id__exact", "nothing", "_to_field"),
]


@pytest.fixture
def admin(database: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


class TestUnreadable:
    @pytest.mark.parametrize("path", LISTS)
    def test_filters_are_refused(self, admin: Client, path: str) -> None:
        for name in PARAMETERS:
            for value in UNREADABLE:
                response = admin.get(f"/console/{path}", {name: value})
                assert response.status_code in {200, 302, 400}, (name, value)

    @pytest.mark.parametrize("path", LISTS)
    @pytest.mark.parametrize("text", ["%00", "9" * 40, "-1", "x"])
    @pytest.mark.parametrize("page", ["change", "history", "delete"])
    def test_ids_lead_nowhere(self, admin: Client, path: str, text: str, page: str) -> None:
        assert admin.get(f"/console/{path}{text}/{page}/").status_code in {302, 403, 404}

    @pytest.mark.parametrize(
        "path",
        [
            "search/?s=%00",
            "autocomplete/?app_label=payouts&model_name=apitoken&field_name=user&term=%00",
        ],
    )
    def test_searches_find_nothing(self, admin: Client, path: str) -> None:
        assert admin.get(f"/console/{path}").status_code in {200, 400, 403}


class TestPages:
    def test_show_staff_what_they_may_see(self, staff: Client) -> None:
        index = staff.get("/console/").content.decode()
        for path in LISTS:
            may_see = path in {"payouts/payout/", "payouts/recipient/"}
            assert (f"/console/{path}" in index) is may_see
            assert staff.get(f"/console/{path}").status_code == (200 if may_see else 403)

    def test_offer_no_history_of_django_which_knows_nothing_of_the_api(self, staff: Client) -> None:
        world = DatabaseWorld()
        made = world.payouts.add(a_request(recipient=world.make_recipient()), actor="ursula")
        assert made
        for path in (f"payout/{made.id}", f"recipient/{made.order.terms.recipient_id}"):
            page = staff.get(f"/console/payouts/{path}/change/")
            assert page.status_code == 200
            assert "/history/" not in page.content.decode()

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "payouts/payout/",
            "payouts/recipient/",
            "payouts/recipient/add/",
            "auth/user/",
            "auth/user/add/",
            "payouts/apitoken/",
            "payouts/apitoken/add/",
            "roles/",
        ],
    )
    def test_have_no_inline_scripts_which_the_security_policy_would_stop(self, path: str) -> None:
        client = Client()
        client.force_login(User.objects.create_superuser("admin"))
        page = client.get(f"/console/{path}").content.decode()
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page) == []
        assert re.findall(r"<[^>]*\son[a-z]+=", page) == []

    def test_end_after_twelve_hours(self, staff: Client) -> None:
        assert staff.session.get_expiry_age() == 12 * 60 * 60


def change(client: Client, seen: Recipient, **fields: str) -> Any:
    """Submit the form of a recipient, with other values in some fields."""
    address = f"/console/payouts/recipient/{seen.pk}/change/"
    hidden = {"seen_updated_at": seen.updated_at.isoformat()}
    return client.post(address, RECIPIENT | hidden | fields)


@contextmanager
def locked_elsewhere(recipient: Recipient) -> Iterator[None]:
    """Hold the lock of the row on a connection of another thread."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM payouts_recipient WHERE id = %s FOR UPDATE", [recipient.pk])
            yield
    finally:
        other.close()


class TestRecipients:
    def test_are_added(self, staff: Client) -> None:
        answer = staff.post("/console/payouts/recipient/add/", RECIPIENT)
        assert answer.status_code == 302
        assert Recipient.objects.get().account_number == "GB29NWBK60161331926819"
        assert RecipientChange.objects.get().actor == "stefan"

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("name", "Ann\nExample"),
            ("name", "Ann\u2028Example"),
            ("account_number", "GB29NWBK60161331926810"),
            ("bank_code", "A\tB"),
            ("country", "UK"),
        ],
    )
    def test_are_refused_by_the_rules_of_the_api(
        self, staff: Client, field: str, text: str
    ) -> None:
        answer = staff.post("/console/payouts/recipient/add/", RECIPIENT | {field: text})
        assert answer.status_code == 200
        assert field in answer.context["adminform"].form.errors
        assert not Recipient.objects.exists()

    def test_have_one_external_id_each_which_never_changes(self, staff: Client) -> None:
        known = RECIPIENT | {"external_id": "ann-1"}
        assert staff.post("/console/payouts/recipient/add/", known).status_code == 302
        other = staff.post("/console/payouts/recipient/add/", known | {"name": "Ann Other"})
        assert other.status_code == 200
        [refusal] = other.context["adminform"].form.errors["external_id"]
        assert refusal == "The recipient with this external id has another value of: name."
        assert staff.post("/console/payouts/recipient/add/", known).status_code == 302
        recipient = Recipient.objects.get()
        assert change(staff, recipient, external_id="other", name="Ann Other").status_code == 302
        recipient.refresh_from_db()
        assert (recipient.external_id, recipient.name) == ("ann-1", "Ann Other")

    def test_are_not_changed_by_a_form_that_shows_what_they_were(self, staff: Client) -> None:
        staff.post("/console/payouts/recipient/add/", RECIPIENT)
        recipient = Recipient.objects.get()
        assert change(staff, recipient, name="Ann Other").status_code == 302
        refused = change(staff, recipient, country="GB")
        [refusal] = refused.context["adminform"].form.non_field_errors()
        assert "stefan has changed this recipient since you opened it" in refusal
        assert Recipient.objects.get().country == ""
        assert RecipientChange.objects.count() == 2

    def test_are_not_changed_while_somebody_else_changes_them(self, staff: Client) -> None:
        staff.post("/console/payouts/recipient/add/", RECIPIENT)
        recipient = Recipient.objects.get()
        with locked_elsewhere(recipient):
            refused = change(staff, recipient, name="Ann Other")
        [refusal] = refused.context["adminform"].form.non_field_errors()
        assert "Another change to the same record is in progress" in refusal
