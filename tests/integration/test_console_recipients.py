"""The pages of recipients, as each role sees them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.contract.worlds import DatabaseWorld
from tests.recipient_rows import fill_recipients
from tests.unit.samples import a_recipient, a_request
from tests.users import make_user

from payouts.adapters.database.models import Payout, Recipient, RecipientChange
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.application.ports import RecipientChanges
from payouts.application.read_models import Position
from payouts.domain.recipient import AccountNumber
from payouts.domain.role import Role
from payouts.entrypoints.api.pagination import encode_cursor

IBAN = "GB29NWBK60161331926819"
OTHER_IBAN = "DE89370400440532013000"
LIST = "/console/payouts/recipient/"
CHECK = f"{LIST}check-account/"
WRITERS = [Role.OPERATOR, Role.ADMINISTRATOR]
READERS = [Role.VIEWER, Role.APPROVER]


def sign_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(f"a-{role}", role))
    return client


def add(**details: Any) -> int:
    added = DatabaseRecipients().add(a_recipient(**details).details, actor="ursula")
    assert added
    return added.id


def change(recipient_id: int, **changes: Any) -> None:
    named: RecipientChanges = changes  # type: ignore[assignment]
    DatabaseRecipients().change(recipient_id=recipient_id, changes=named, actor="stefan")


def pay(recipient_id: int, key: str = "key-number-1") -> int:
    request = a_request(key, recipient_id=recipient_id)
    made = DatabaseWorld().payouts.add(request, actor="ursula")
    assert made
    return made.id


def page_of(recipient_id: int) -> str:
    return f"{LIST}{recipient_id}/change/"


def text_of(response: Any) -> str:
    """Return the words of a page without its markup."""
    body = re.sub(r"(?s)<script.*?</script>|<style.*?</style>", " ", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.mark.usefixtures("database")
class TestRoles:
    @pytest.mark.parametrize("role", WRITERS)
    def test_that_may_write_add_change_and_deactivate(self, role: str) -> None:
        client = sign_in(role)
        form = {"type": "BUSINESS", "name": "Ann Ltd", "account_number": IBAN}
        assert client.post(f"{LIST}add/", form).status_code == 302
        recipient = Recipient.objects.get()
        seen = {"seen_updated_at": recipient.updated_at.isoformat()}
        changed = client.post(page_of(recipient.pk), form | seen | {"country": "GB"})
        assert changed.status_code == 302
        recipient.refresh_from_db()
        seen = {"seen_updated_at": recipient.updated_at.isoformat()}
        assert client.post(f"{LIST}{recipient.pk}/deactivate/", seen).status_code == 302
        history = RecipientChange.objects.order_by("id")
        assert [(each.what, each.actor) for each in history] == [
            (what, f"a-{role}") for what in ("created", "changed", "deactivated")
        ]

    @pytest.mark.parametrize("role", READERS)
    def test_that_may_not_write_are_refused_whatever_they_post(self, role: str) -> None:
        recipient_id = add()
        before = Recipient.objects.get()
        client = sign_in(role)
        page = client.get(page_of(recipient_id))
        assert page.status_code == 200
        assert "Deactivate" not in text_of(page)
        form = {
            "type": "BUSINESS",
            "name": "Ann Ltd",
            "account_number": IBAN,
            "seen_updated_at": before.updated_at.isoformat(),
        }
        for address in (
            f"{LIST}add/",
            page_of(recipient_id),
            f"{LIST}{recipient_id}/deactivate/",
            f"{LIST}{recipient_id}/activate/",
            CHECK,
        ):
            assert client.post(address, form).status_code == 403, address
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.get(f"{LIST}{recipient_id}/deactivate/").status_code == 403
        assert Recipient.objects.get().updated_at == before.updated_at
        assert RecipientChange.objects.count() == 1

    @pytest.mark.parametrize("role", Role)
    def test_that_may_erase_do_not_exist(self, role: str) -> None:
        recipient_id = add()
        client = sign_in(role)
        for ask in (client.get, client.post):
            assert ask(f"{LIST}{recipient_id}/delete/").status_code in {302, 403}
        assert Recipient.objects.exists()

    @pytest.mark.parametrize("role", [Role.CLIENT, Role.INTEGRATOR])
    def test_that_use_the_api_only_are_sent_to_the_log_in(self, role: str) -> None:
        recipient_id = add()
        client = sign_in(role)
        for address in (LIST, page_of(recipient_id), f"{LIST}add/", CHECK):
            assert client.get(address).status_code == 302


@pytest.mark.usefixtures("database")
class TestAccountNumbers:
    """A viewer sees the last four characters of account numbers, wherever they are."""

    def test_are_masked_for_viewers_on_every_page(self) -> None:
        recipient_id = add(account_number=AccountNumber(IBAN), external_id="ann-1")
        change(recipient_id, account_number=AccountNumber(OTHER_IBAN))
        pay(recipient_id)
        viewer = sign_in(Role.VIEWER)
        for address in (
            LIST,
            f"{LIST}?q=ann",
            f"{LIST}?q=3000",
            page_of(recipient_id),
            f"{LIST}{recipient_id}/history/",
            f"{LIST}{recipient_id}/delete/",
            "/console/search/?s=ann",
            "/console/autocomplete/?app_label=payouts&model_name=payout&field_name=recipient&term=",
        ):
            body = viewer.get(address).content.decode()
            assert IBAN not in body, address
            assert OTHER_IBAN not in body, address
        page = text_of(viewer.get(page_of(recipient_id)))
        assert "•••• 6819 → became •••• 3000" in page

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR])
    def test_are_shown_to_others_with_their_history(self, role: str) -> None:
        recipient_id = add(account_number=AccountNumber(IBAN))
        change(recipient_id, account_number=AccountNumber(OTHER_IBAN))
        page = text_of(sign_in(role).get(page_of(recipient_id)))
        assert f"{IBAN} → became {OTHER_IBAN}" in page

    def test_cannot_be_guessed_by_viewers(self) -> None:
        """A search by a whole number would tell them that they have guessed it."""
        add(account_number=AccountNumber(IBAN))
        for role, found in ((Role.VIEWER, 0), (Role.OPERATOR, 1)):
            answer = sign_in(role).get(LIST, {"q": IBAN})
            assert len(answer.context["cl"].result_list) == found

    def test_are_masked_in_a_form_of_users_who_may_change_but_not_see_them(self) -> None:
        group = Group.objects.create(name="clerk")
        names = ["view_recipient", "change_recipient"]
        group.permissions.set(Permission.objects.filter(codename__in=names))
        user = make_user("clara", Role.VIEWER)
        user.groups.set([group])
        client = Client()
        client.force_login(user)
        recipient_id = add(account_number=AccountNumber(IBAN))
        page = client.get(page_of(recipient_id))
        assert IBAN not in page.content.decode()
        seen = page.context["adminform"].form["seen_updated_at"].value()
        form = {"type": "INDIVIDUAL", "name": "Ann Other", "seen_updated_at": seen}
        assert client.post(page_of(recipient_id), form).status_code == 302
        changed = Recipient.objects.get()
        assert (changed.name, changed.account_number) == ("Ann Other", IBAN)


@pytest.mark.usefixtures("database")
class TestForm:
    @pytest.mark.parametrize(
        ("account_number", "given", "kept"),
        [
            ("DE89 3704 0044 0532 0130 00", "", "COBADEFFXXX"),
            ("DE89 3704 0044 0532 0130 00", "OTHERXXX", "OTHERXXX"),
            # The registry has no BIC of this bank.
            ("UA213223130000026007233566001", "", ""),
            ("LOCAL-0042", "", ""),
        ],
    )
    def test_fills_in_the_bic_of_the_bank(self, account_number: str, given: str, kept: str) -> None:
        form = {"type": "INDIVIDUAL", "name": "Ann", "account_number": account_number}
        sign_in(Role.OPERATOR).post(f"{LIST}add/", form | {"bank_code": given})
        assert Recipient.objects.get().bank_code == kept

    @pytest.mark.parametrize("seen", ["", "yesterday", "0001-01-01", None])
    def test_is_refused_if_it_does_not_say_what_it_shows(self, seen: str | None) -> None:
        recipient_id = add()
        form = {"type": "INDIVIDUAL", "name": "Ann Other", "account_number": IBAN}
        fields = form if seen is None else form | {"seen_updated_at": seen}
        answer = sign_in(Role.OPERATOR).post(page_of(recipient_id), fields)
        assert answer.status_code == 200
        assert Recipient.objects.get().name == "Ann Example"

    def test_says_what_a_change_does_not_do_to_open_payouts(self) -> None:
        recipient_id = add()
        payout_id = pay(recipient_id)
        client = sign_in(Role.OPERATOR)
        page = client.get(page_of(recipient_id))
        warning = f"Payout {payout_id} to this recipient has not ended and keeps the name"
        assert warning in text_of(page)
        seen = page.context["adminform"].form["seen_updated_at"].value()
        form = {"type": "INDIVIDUAL", "name": "Ann Other", "account_number": IBAN}
        after = client.post(page_of(recipient_id), form | {"seen_updated_at": seen}, follow=True)
        assert text_of(after).count(warning) == 2  # as a message, and above the form
        assert f"Less than a day after payout {payout_id} , which has not ended" in text_of(after)

    def test_says_nothing_of_payouts_that_have_ended(self) -> None:
        recipient_id = add()
        pay(recipient_id)
        Payout.objects.update(status="FAILED", next_attempt_at=None)
        change(recipient_id, name="Ann Other")
        page = text_of(sign_in(Role.OPERATOR).get(page_of(recipient_id)))
        assert "has not ended" not in page

    @pytest.mark.parametrize(
        "name", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "שלום עולם", "=1+1"]
    )
    def test_shows_any_name_as_it_is(self, name: str) -> None:
        recipient_id = add(name=name)
        change(recipient_id, country="GB")
        page = sign_in(Role.OPERATOR).get(page_of(recipient_id)).content.decode()
        assert "<script>alert" not in page
        assert "49" not in re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0]
        assert len(re.findall(r"<bdi>|<bdi ", page)) >= 2


@pytest.mark.usefixtures("database")
class TestActivity:
    def test_of_a_recipient_is_asked_first_with_its_effect(self) -> None:
        recipient_id = add()
        payout_id = pay(recipient_id)
        page = text_of(sign_in(Role.OPERATOR).get(f"{LIST}{recipient_id}/deactivate/"))
        assert "New payouts to Ann Example are refused" in page
        assert f"Payout {payout_id} , new" in page
        assert Recipient.objects.get().is_active

    def test_is_left_alone_if_it_is_so_already(self) -> None:
        recipient_id = add(is_active=False)
        seen = {"seen_updated_at": Recipient.objects.get().updated_at.isoformat()}
        client = sign_in(Role.OPERATOR)
        answer = client.post(f"{LIST}{recipient_id}/deactivate/", seen, follow=True)
        assert "is not active already" in text_of(answer)
        assert RecipientChange.objects.count() == 1

    def test_is_left_alone_if_somebody_has_changed_the_recipient_since(self) -> None:
        recipient_id = add()
        seen = {"seen_updated_at": Recipient.objects.get().updated_at.isoformat()}
        change(recipient_id, name="Ann Other")
        answer = sign_in(Role.OPERATOR).post(f"{LIST}{recipient_id}/deactivate/", seen)
        assert "The recipient was changed since it was read" in text_of(answer)
        assert Recipient.objects.get().is_active

    def test_of_nobody_is_not_found(self) -> None:
        assert sign_in(Role.OPERATOR).get(f"{LIST}999999999/deactivate/").status_code == 404


@pytest.mark.usefixtures("database")
class TestAccountCheck:
    @pytest.mark.parametrize(
        ("text", "is_valid", "message", "bic"),
        [
            (
                "DE89 3704 0044 0532 0130 00",
                True,
                "IBAN, check digits right: Commerzbank, Germany, COBADEFFXXX.",
                "COBADEFFXXX",
            ),
            (
                "DE89370400440532013001",
                False,
                "This has the form of an IBAN, but its check digits are wrong.",
                "",
            ),
            (
                "DE8937040044053201300",
                True,
                "Not an IBAN: one of DE has 22 characters, this has 21. "
                "It is kept as a local account number.",
                "",
            ),
            ("40-11 12", True, "A local account number, which cannot be checked.", ""),
            ("", False, None, ""),
            ("x" * 65, False, None, ""),
            ("\0", False, None, ""),
        ],
    )
    def test_says_what_is_known(
        self, text: str, is_valid: bool, message: str | None, bic: str
    ) -> None:
        answer = sign_in(Role.OPERATOR).post(CHECK, {"account_number": text}).json()
        assert (answer["is_valid"], answer["bic"]) == (is_valid, bic)
        assert message is None or answer["message"] == message

    def test_is_no_get_because_addresses_are_logged(self) -> None:
        answer = sign_in(Role.OPERATOR).get(CHECK, {"account_number": IBAN})
        assert answer.status_code == 405

    def test_needs_the_token_of_a_form(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_user("olga", Role.OPERATOR))
        assert client.post(CHECK, {"account_number": IBAN}).status_code == 403


@pytest.fixture(scope="module")
def filled_database(empty_database_of_module: None) -> None:
    fill_recipients()


@pytest.mark.usefixtures("filled_database")
class TestList:
    @pytest.fixture
    def client(self) -> Client:
        client = Client()
        user = User.objects.filter(username="olga").first() or make_user("olga", Role.OPERATOR)
        client.force_login(user)
        return client

    def test_leads_through_all_pages_and_back(self, client: Client) -> None:
        found, address = [], LIST
        for _ in range(4):
            changes = client.get(address).context["cl"]
            found += [recipient.pk for recipient in changes.result_list]
            address = LIST + changes.next_url
        newest = Recipient.objects.order_by("-created_at", "-id").values_list("pk", flat=True)
        assert found == list(newest[:200])
        assert changes.first_url
        back = client.get(LIST + changes.previous_url).context["cl"].result_list
        assert [recipient.pk for recipient in back] == found[100:150]

    def test_keeps_its_filters_on_the_next_page(self, client: Client) -> None:
        changes = client.get(LIST, {"is_active__exact": "0"}).context["cl"]
        following = client.get(LIST + changes.next_url).context["cl"]
        assert not any(recipient.is_active for recipient in following.result_list)
        assert following.result_list[0].created_at < changes.result_list[-1].created_at

    @pytest.mark.parametrize(
        ("asked", "plan"),
        [
            ({}, "using recipient_newest"),
            ({"is_active__exact": "0"}, "using recipient_not_active"),
            ({"is_active__exact": "1"}, "using recipient_newest"),
            ({"type__exact": "BUSINESS"}, "using recipient_by_type"),
        ],
    )
    @pytest.mark.parametrize("is_deep", [False, True])
    def test_reads_a_page_from_an_index_however_deep(
        self, client: Client, asked: dict[str, str], plan: str, is_deep: bool
    ) -> None:
        address = LIST
        if is_deep:
            [last] = Recipient.objects.filter(is_active=False, type="BUSINESS").order_by("id")[:1]
            deep = last.created_at - timedelta(days=7)
            asked = asked | {"p": encode_cursor(Position(deep, 1))}
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, asked).status_code == 200
        [sql] = [each["sql"] for each in queries if 'FROM "payouts_recipient"' in each["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}")
            found = "\n".join(line for (line,) in cursor.fetchall())
        assert plan in found
        assert "Sort" not in found
        assert (
            not is_deep
            or "Index Cond: (ROW(created_at, id) < ROW(" in found
            or plan.endswith("by_type")
        )

    def test_says_if_more_are_found_than_it_shows(self, client: Client) -> None:
        many = client.get(LIST, {"q": "ann"})
        assert len(many.context["cl"].result_list) == 50
        assert "More than 50 recipients match" in text_of(many)
        one = client.get(LIST, {"q": "number17"})
        assert "More than" not in text_of(one) or len(one.context["cl"].result_list) == 50

    def test_searches_within_its_filters(self, client: Client) -> None:
        answer = client.get(LIST, {"q": "number50", "is_active__exact": "0"})
        names = {recipient.name for recipient in answer.context["cl"].result_list}
        assert "Ann Number50" in names

    @pytest.mark.parametrize("cursor", ["x", "0", "2", "b2xkZXIuMS4x", "\0", "9" * 40])
    def test_starts_again_for_a_page_that_is_none(self, client: Client, cursor: str) -> None:
        assert client.get(LIST, {"p": cursor}).status_code == 200
