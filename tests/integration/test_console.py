"""The console as a browser sees it, on the real database."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken
from tests.contract.worlds import DatabaseWorld
from tests.unit.samples import a_request

from payouts.adapters.database.models import Recipient

pytestmark = pytest.mark.usefixtures("database")

RECIPIENT = {
    "type": "INDIVIDUAL",
    "name": "Ann Example",
    "account_number": "GB29NWBK60161331926819",
    "bank_code": "",
    "country": "",
    "is_active": "on",
}


@pytest.fixture
def staff(database: None) -> Client:
    """Staff without any of Django's own permissions."""
    client = Client()
    client.force_login(User.objects.create_user("stefan", is_staff=True))
    return client


class TestPayouts:
    def test_are_shown_with_their_history(self, staff: Client) -> None:
        world = DatabaseWorld()
        made = world.payouts.add(a_request(recipient=world.make_recipient()), actor="ursula")
        assert made
        shown = staff.get("/console/payouts/payout/").content.decode()
        assert "10.00 USD" in shown
        detail = staff.get(f"/console/payouts/payout/{made.id}/change/").content.decode()
        assert "payout.created" in detail
        assert made.order.reference in detail

    @pytest.mark.parametrize("address", ["add/", "1/delete/"])
    def test_are_not_made_or_erased_there(self, staff: Client, address: str) -> None:
        assert staff.get(f"/console/payouts/payout/{address}").status_code in {302, 403, 404}

    def test_are_for_staff_only(self) -> None:
        client = Client()
        client.force_login(User.objects.create_user("ursula"))
        assert client.get("/console/payouts/payout/").status_code == 302


class TestRecipients:
    def test_are_added(self, staff: Client) -> None:
        answer = staff.post("/console/payouts/recipient/add/", RECIPIENT)
        assert answer.status_code == 302
        assert Recipient.objects.get().account_number == "GB29NWBK60161331926819"

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


class TestTokens:
    def test_are_shown_once(self) -> None:
        client = Client()
        admin = User.objects.create_superuser("admin")
        client.force_login(admin)
        shown = client.post("/console/knox/authtoken/add/", {"user": admin.pk}, follow=True)
        token = AuthToken.objects.get()
        assert token.token_key in shown.content.decode().partition("shown only now:")[2]
        again = client.get("/console/knox/authtoken/").content.decode()
        assert "shown only now:" not in again
