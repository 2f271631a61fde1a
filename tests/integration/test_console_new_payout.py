"""The pages on which staff make a payout, without a browser."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from tests.unit.samples import a_recipient
from tests.users import make_user

from payouts import bootstrap
from payouts.adapters.database.models import Event, Payout, Recipient
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.domain.recipient import AccountNumber
from payouts.domain.role import Role

IBAN = "GB29NWBK60161331926819"
NEW = "/console/payouts/payout/new/"
MAKERS = [Role.OPERATOR, Role.ADMINISTRATOR]
OTHERS = [Role.VIEWER, Role.APPROVER]
MARKUP = "<script>alert(1)</script>"

pytestmark = pytest.mark.usefixtures("database")


def sign_in(role: str = Role.OPERATOR) -> Client:
    client = Client()
    client.force_login(make_user(f"a-{role}", role))
    return client


def add(**details: Any) -> int:
    added = DatabaseRecipients().add(a_recipient(**details).details, actor="ursula")
    assert added
    return added.id


def change(recipient_id: int, **changes: Any) -> None:
    DatabaseRecipients().change(recipient_id=recipient_id, changes=changes, actor="stefan")  # type: ignore[arg-type]


def a_form(recipient_id: int, **fields: str) -> dict[str, str]:
    form = {"recipient": str(recipient_id), "amount": "1234.5", "currency": "USD"}
    return form | {"remittance_information": "Invoice 7"} | fields


def open_form(client: Client, query: str = "") -> str:
    """Return the address of a new form."""
    return str(client.get(NEW + query)["Location"])


def review(client: Client, form: dict[str, str], address: str | None = None) -> tuple[str, Any]:
    """Fill in a form; return the address of its review, and what the review would send."""
    answer = client.post(address or open_form(client), form)
    assert answer.status_code == 302, text_of(answer)
    page = client.get(answer["Location"]).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return answer["Location"], dict(hidden)


def text_of(response: Any) -> str:
    """Return the words of a page without its markup."""
    body = re.sub(r"(?s)<script.*?</script>|<style.*?</style>", " ", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


class TestRoles:
    @pytest.mark.parametrize("role", MAKERS)
    def test_that_may_make_payouts_review_and_make_one(self, role: str) -> None:
        recipient_id = add()
        client = sign_in(role)
        address, confirmed = review(client, a_form(recipient_id))
        page = text_of(client.get(address))
        for fact in (
            "1,234.50 USD",
            "Ann Example",
            IBAN,
            "NWBKGB2L",
            "Invoice 7",
            "no money moves",
        ):
            assert fact in page
        assert not Payout.objects.exists()
        answer = client.post(address, confirmed, follow=True)
        payout = Payout.objects.get()
        assert answer.redirect_chain == [(f"/console/payouts/payout/{payout.pk}/change/", 302)]
        assert "The payout of 1,234.50 USD to Ann Example was made." in text_of(answer)
        assert payout.idempotency_key in address
        assert (str(payout.amount), payout.currency) == ("1234.5000", "USD")
        assert payout.remittance_information == "Invoice 7"
        assert Event.objects.get().actor == f"a-{role}"

    @pytest.mark.parametrize("role", OTHERS)
    def test_that_may_not_are_refused_whatever_they_send(self, role: str) -> None:
        recipient_id = add()
        client = sign_in(role)
        key = f"{NEW}{uuid4()}/"
        for address in (NEW, key, f"{key}review/"):
            assert client.get(address).status_code == 403, address
            assert client.post(address, a_form(recipient_id)).status_code == 403, address
        for page in ("/console/", "/console/payouts/payout/", recipient_page(recipient_id)):
            assert "New payout" not in text_of(client.get(page))
        # Django's own pages that write a row.
        assert client.post("/console/payouts/payout/add/", {}).status_code == 403
        assert not Payout.objects.exists()

    @pytest.mark.parametrize("role", [Role.CLIENT, Role.INTEGRATOR])
    def test_that_use_the_api_only_are_sent_to_the_log_in(self, role: str) -> None:
        recipient_id = add()
        answer = sign_in(role).post(f"{NEW}{uuid4()}/review/", a_form(recipient_id))
        assert (answer.status_code, Payout.objects.exists()) == (302, False)

    def test_cannot_write_a_payout_through_the_pages_of_django(self) -> None:
        recipient_id = add()
        client = sign_in(Role.ADMINISTRATOR)
        address, confirmed = review(client, a_form(recipient_id))
        client.post(address, confirmed)
        page = f"/console/payouts/payout/{Payout.objects.get().pk}/change/"
        for forged in ("/console/payouts/payout/add/", page):
            client.post(forged, a_form(recipient_id) | {"_saveasnew": "1"})
        assert Payout.objects.count() == 1

    def test_that_may_not_see_account_numbers_get_their_end(self) -> None:
        group, _ = Group.objects.get_or_create(name="cashier")
        names = ["view_payout", "view_recipient", "add_payout"]
        group.permissions.set(Permission.objects.filter(codename__in=names))
        user = make_user("carol", Role.VIEWER)
        user.groups.set([group])
        client = Client()
        client.force_login(user)
        address, _ = review(client, a_form(add()))
        page = client.get(address).content.decode()
        assert "•••• 6819" in page
        assert IBAN not in page


def recipient_page(recipient_id: int) -> str:
    return f"/console/payouts/recipient/{recipient_id}/change/"


class TestForm:
    @pytest.mark.parametrize("role", MAKERS)
    def test_is_reached_from_the_lists_and_from_a_recipient(self, role: str) -> None:
        recipient_id = add(name="Bob & Sons")
        client = sign_in(role)
        assert client.get("/console/payouts/payout/").content.decode().count(f'"{NEW}"') == 2
        assert f'"{NEW}"' in client.get("/console/").content.decode()
        button = f"/console/payouts/recipient/{recipient_id}/new_payout/"
        assert button in client.get(recipient_page(recipient_id)).content.decode()
        page = client.get(button, follow=True).content.decode()
        assert re.search(rf'<option value="{recipient_id}" selected[^>]*>\s*Bob &amp; Sons', page)

    def test_is_not_offered_for_a_recipient_who_is_not_active(self) -> None:
        recipient_id = add()
        change(recipient_id, is_active=False)
        page = sign_in().get(recipient_page(recipient_id)).content.decode()
        assert "new_payout/" not in page

    @pytest.mark.parametrize("query", ["?recipient=x", "?recipient=" + "9" * 40, "?recipient=%00"])
    def test_opens_whatever_recipient_the_address_names(self, query: str) -> None:
        client = sign_in()
        assert client.get(open_form(client, query)).status_code == 200

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"amount": "1e3"}, "plain decimal notation"),
            ({"amount": "１０"}, "plain decimal notation"),
            ({"amount": "+5"}, "plain decimal notation"),
            ({"amount": "-5"}, "plain decimal notation"),
            ({"amount": "1,000"}, "plain decimal notation"),
            ({"amount": "0010"}, "plain decimal notation"),
            ({"amount": "10_000"}, "plain decimal notation"),
            ({"amount": "0.00"}, "must be above 0"),
            ({"amount": "1.234"}, "may have at most 2 decimals"),
            ({"amount": "1" * 17}, "at most 16 digits"),
            ({"amount": ""}, "This field is required"),
            ({"currency": "XXX"}, "XXX is not one of the available choices"),
            ({"currency": ""}, "This field is required"),
            ({"recipient": ""}, "This field is required"),
            ({"recipient": "0"}, "There is no such recipient"),
            ({"recipient": "12345"}, "There is no such recipient"),
            ({"recipient": "9" * 40}, "There is no such recipient"),
            ({"recipient": "1 OR 1"}, "There is no such recipient"),
            ({"remittance_information": "x" * 141}, "Give 1 to 140 characters"),
            ({"remittance_information": "a\u202eb"}, "Give 1 to 140 characters"),
            ({"remittance_information": "a\0b"}, "Null characters are not allowed"),
        ],
    )
    def test_refuses_what_the_api_refuses(self, fields: dict[str, str], words: str) -> None:
        recipient_id = add()
        client = sign_in()
        address = open_form(client)
        form = a_form(recipient_id, **fields)
        for sent_to in (address, f"{address}review/"):
            page = text_of(client.post(sent_to, form))
            assert words in page
            assert "Nothing was paid. Correct the field below." in page
        assert not Payout.objects.exists()

    def test_refuses_a_recipient_who_is_not_active(self) -> None:
        recipient_id = add()
        client = sign_in()
        address, confirmed = review(client, a_form(recipient_id))
        change(recipient_id, is_active=False)
        refusal = f"Recipient {recipient_id} is not active and cannot be paid."
        assert refusal in text_of(client.get(address))
        assert refusal in text_of(client.post(address, confirmed))
        assert not Payout.objects.exists()

    @pytest.mark.parametrize("name", [MARKUP, "حسن (1) שלום", "W" * 255])
    def test_shows_any_text_as_text(self, name: str) -> None:
        client = sign_in()
        recipient_id = add(name=name)
        address, confirmed = review(client, a_form(recipient_id, remittance_information=MARKUP))
        made = client.post(address, confirmed, follow=True)
        assert made.status_code == 200
        for page in (client.get(open_form(client, f"?recipient={recipient_id}")), made):
            assert MARKUP not in page.content.decode()

    def test_keeps_what_was_filled_in_when_it_is_opened_again(self) -> None:
        client = sign_in()
        address, _ = review(client, a_form(add(), amount="77.07"))
        page = client.get(address.removesuffix("review/")).content.decode()
        assert 'value="77.07"' in page
        assert "77.07" not in client.get(open_form(client)).content.decode()

    def test_forgets_the_oldest_of_many_that_were_not_confirmed(self) -> None:
        client = sign_in()
        form = a_form(add())
        addresses = [review(client, form)[0] for _ in range(12)]
        assert len(client.session["payout_drafts"]) == 10
        assert client.get(addresses[0]).status_code == 302
        assert client.get(addresses[-1]).status_code == 200


class TestRepetition:
    def test_makes_no_second_payout(self) -> None:
        client = sign_in()
        form = a_form(add())
        address, confirmed = review(client, form)
        client.post(address, confirmed)
        for again in (
            client.post(address, confirmed, follow=True),
            client.get(address, follow=True),
            client.get(address.removesuffix("review/"), follow=True),
            client.post(address.removesuffix("review/"), form, follow=True),
        ):
            assert "was made already" in text_of(again)
            assert again.request["PATH_INFO"].endswith(f"/{Payout.objects.get().pk}/change/")

    def test_makes_no_second_payout_when_both_are_sent_at_once(self) -> None:
        client = sign_in()
        address, confirmed = review(client, a_form(add()))

        def confirm(_: int) -> Any:
            try:
                return client.post(address, confirmed)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(confirm, range(4)))
        page = f"/console/payouts/payout/{Payout.objects.get().pk}/change/"
        assert {answer["Location"] for answer in answers} == {page}

    def test_says_so_when_the_form_says_something_else_now(self) -> None:
        client = sign_in()
        address, confirmed = review(client, a_form(add()))
        client.post(address, confirmed)
        again = client.post(address, confirmed | {"amount": "2"}, follow=True)
        assert "Nothing was paid now." in text_of(again)
        assert Payout.objects.get().amount == pytest.approx(1234.5)

    def test_does_not_bring_back_a_deleted_payout(self) -> None:
        client = sign_in()
        address, confirmed = review(client, a_form(add()))
        client.post(address, confirmed)
        bootstrap.delete_payout()(payout_id=Payout.objects.get().pk, actor="stefan")
        again = client.post(address, confirmed, follow=True)
        assert "it was deleted since" in text_of(again)
        assert Payout.objects.count() == 1

    def test_is_recognised_after_the_recipient_was_changed(self) -> None:
        recipient_id = add()
        client = sign_in()
        address, confirmed = review(client, a_form(recipient_id))
        client.post(address, confirmed)
        change(recipient_id, name="Ann Other")
        assert "was made already" in text_of(client.post(address, confirmed, follow=True))
        change(recipient_id, is_active=False)
        assert "was made already" in text_of(client.post(address, confirmed, follow=True))

    def test_of_the_review_is_asked_for_when_the_account_has_changed(self) -> None:
        recipient_id = add()
        client = sign_in()
        address, confirmed = review(client, a_form(recipient_id))
        change(recipient_id, account_number=AccountNumber("OTHER-0042"))
        page = text_of(client.post(address, confirmed, follow=True))
        assert "The recipient was changed meanwhile. Nothing was paid yet." in page
        assert "OTHER-0042" in page
        assert not Payout.objects.exists()


class TestSession:
    def test_that_has_ended_leads_to_the_log_in_and_back_to_the_form(self) -> None:
        client = sign_in()
        address, confirmed = review(client, a_form(add()))
        client.session.flush()
        answer = client.post(address, confirmed)
        assert answer["Location"] == f"/console/login/?next={address}"
        assert not Payout.objects.exists()
        client.logout()
        client.force_login(make_user("again", Role.OPERATOR))
        page = client.get(address, follow=True)
        assert page.request["PATH_INFO"] == address.removesuffix("review/")
        assert "Nothing was paid. Fill in the form again." in text_of(page)


class TestRecipientForm:
    FORM = {"type": "BUSINESS", "name": "Ann Ltd", "account_number": IBAN}
    ADD = "/console/payouts/recipient/add/"

    def test_adds_one_recipient_when_it_is_sent_twice(self) -> None:
        client = sign_in()
        answers = [client.post(self.ADD, self.FORM) for _ in range(2)]
        page = recipient_page(Recipient.objects.get().pk)
        assert [answer["Location"] for answer in answers] == [page, page]

    def test_adds_one_recipient_when_both_are_sent_at_once(self) -> None:
        client = sign_in()

        def send(_: int) -> int:
            try:
                return client.post(self.ADD, self.FORM).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(send, range(4))) == {302}
        assert Recipient.objects.count() == 1

    def test_adds_recipients_that_differ_and_those_of_others(self) -> None:
        client = sign_in()
        client.post(self.ADD, self.FORM)
        client.post(self.ADD, self.FORM | {"name": "Bob Ltd"})
        client.post(self.ADD, self.FORM | {"bank_code": "OTHERXXX"})
        sign_in(Role.ADMINISTRATOR).post(self.ADD, self.FORM)
        assert Recipient.objects.count() == 4
