"""The list of payouts, as a browser gets it."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.console_pages import change, client_of, make_recipient
from tests.payout_rows import fill_payouts
from tests.unit.samples import money
from tests.users import make_user

from payouts.adapters.database.models import Payout, Recipient
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Failure
from payouts.domain.recipient import AccountNumber
from payouts.domain.role import Role

pytestmark = pytest.mark.usefixtures("database")

LIST = "/console/payouts/payout/"


_LATE_ANSWERS = """
INSERT INTO payouts_event
    (payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id)
SELECT %s, 'payout.late_answer', now(), 'system', '', '', 'number ' || number, 1, ''
FROM generate_series(0, 119) AS number
"""


@pytest.fixture
def unprivileged(database: None) -> Client:
    """Staff who may see payouts, but no deleted ones."""
    user = make_user("sam", Role.CLIENT)
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def shown_ids(client: Client, **asked: Any) -> list[int]:
    response = client.get(LIST, asked)
    assert response.status_code == 200
    return [row.id for row in response.context["rows"]]


def text_of(client: Client, path: str = LIST, **asked: Any) -> str:
    response = client.get(path, asked)
    assert response.status_code == 200
    return unescape(response.content.decode())


class TestList:
    def test_shows_amounts_with_the_decimals_of_their_currency(
        self, operator: Client, make: Any
    ) -> None:
        make(money=money("1234567.5"))
        assert "1,234,567.50</span> USD" in text_of(operator)

    def test_says_what_each_payout_waits_for(self, operator: Client, make: Any) -> None:
        make()
        assert "Waiting for a worker since" in text_of(operator)

    def test_has_nothing_red_while_all_is_well(self, operator: Client, make: Any) -> None:
        failed = make()
        assert "text-red" not in (table := text_of(operator).partition("<table")[2])
        assert "Needs review" not in table.partition("</table>")[0]
        payouts = DatabasePayouts()
        entry = HistoryEntry(event=EventType.FAILED, actor="stefan")
        payouts.save(before=failed, after=failed.fail(Failure("AC04", "x")), entry=entry)
        page = text_of(operator)
        assert "text-red" in page
        assert "Closed account (AC04)" in page

    def test_marks_what_needs_review_was_returned_or_deleted(
        self, operator: Client, make: Any
    ) -> None:
        reviewed, returned, deleted = make(), make(), make()
        change(reviewed, needs_review=True, next_attempt_at=None)
        change(returned, returned_at=returned.created_at)
        change(deleted, deleted_at=deleted.created_at, next_attempt_at=None)
        labels = {
            row.id: [text for text, _ in row.labels] for row in operator.get(LIST).context["rows"]
        }
        assert labels[reviewed.id] == ["New", "Needs review"]
        assert labels[returned.id] == ["New", "Returned"]
        assert labels[deleted.id] == ["New", "Deleted"]

    def test_shows_no_whole_account_number(self, operator: Client, make: Any) -> None:
        make()
        page = text_of(operator)
        assert "GB29NWBK60161331926819" not in page
        assert "•••• 6819" in page

    def test_hides_deleted_payouts_from_users_who_may_not_see_them(
        self, unprivileged: Client, make: Any
    ) -> None:
        kept, deleted = make(), make()
        change(deleted, deleted_at=deleted.created_at, next_attempt_at=None)
        assert shown_ids(unprivileged) == [kept.id]
        assert shown_ids(unprivileged, deleted="true") == [kept.id]
        assert shown_ids(unprivileged, q=str(deleted.id)) == []

    def test_escapes_names(self, operator: Client, make: Any) -> None:
        make(recipient=make_recipient(name="<b>Ann</b>"))
        assert "<b>Ann" not in operator.get(LIST).content.decode()

    def test_says_what_to_do_when_it_is_empty(self, operator: Client) -> None:
        assert "There are no payouts yet" in text_of(operator)
        assert "No payout matches" in text_of(operator, q="nothing")

    @pytest.mark.parametrize(
        "asked",
        [
            {"status": "LOST"},
            {"created_from": "yesterday"},
            {"created_to": "9999-12-31"},
            {"recipient": "9" * 40},
            {"recipient": "x"},
            {"q": "\0"},
            {"q": "x" * 101},
            {"deleted": "perhaps"},
            {"failure_reason__contains": "x"},
        ],
    )
    def test_says_which_filter_it_cannot_read(
        self, operator: Client, make: Any, asked: dict[str, str]
    ) -> None:
        make()
        response = operator.get(LIST, asked)
        assert response.status_code == 200
        assert response.context["form"].errors
        assert "Nothing was searched" in response.content.decode()


class TestFilters:
    def test_select_payouts(self, operator: Client, make: Any) -> None:
        other = make_recipient(name="Bob Other")
        plain, in_euro = make(), make(money=money(currency="EUR"), recipient=other)
        reviewed, failed = make(), make()
        change(reviewed, needs_review=True, next_attempt_at=None)
        change(failed, failure_code="AC04", returned_at=failed.created_at)
        everything = [failed.id, reviewed.id, in_euro.id, plain.id]
        assert shown_ids(operator) == everything
        assert shown_ids(operator, status="NEW") == everything
        assert shown_ids(operator, status="FAILED") == []
        assert shown_ids(operator, currency="EUR") == [in_euro.id]
        assert shown_ids(operator, recipient=other.id) == [in_euro.id]
        assert shown_ids(operator, needs_review="true") == [reviewed.id]
        assert shown_ids(operator, needs_review="false", currency="USD") == [failed.id, plain.id]
        assert shown_ids(operator, failure_code="AC04") == [failed.id]
        assert shown_ids(operator, returned="true") == [failed.id]
        assert shown_ids(operator, deleted="true") == []
        assert shown_ids(operator, deleted="false") == everything

    def test_take_days_whole(self, operator: Client, make: Any) -> None:
        payout = make()
        today = payout.created_at.date()
        for asked, is_found in [
            ({"created_from": today, "created_to": today}, True),
            ({"created_from": today + timedelta(days=1)}, False),
            ({"created_to": today - timedelta(days=1)}, False),
        ]:
            assert shown_ids(operator, **asked) == ([payout.id] if is_found else [])

    def test_are_kept_from_page_to_page(self, operator: Client, make: Any) -> None:
        recipient = make_recipient()
        made = [make(recipient=recipient).id for _ in range(51)]
        response = operator.get(LIST, {"currency": "USD", "q": "ann"})
        assert [row.id for row in response.context["rows"]] == made[:0:-1]
        older = operator.get(LIST + response.context["next_url"])
        assert [row.id for row in older.context["rows"]] == made[:1]
        assert "currency=USD" in older.context["previous_url"]
        newer = operator.get(LIST + older.context["previous_url"])
        assert [row.id for row in newer.context["rows"]] == made[:0:-1]
        assert newer.context["previous_url"] is None


class TestSearch:
    @pytest.mark.parametrize("of", ["id", "reference", "idempotency_key"])
    def test_finds_by_what_identifies_a_payout(self, operator: Client, make: Any, of: str) -> None:
        make()
        wanted = Payout.objects.get(id=make().id)
        text = str(getattr(wanted, of))
        text = text.upper() if of == "reference" else text
        assert shown_ids(operator, q=f" {text} ") == [wanted.id]

    @pytest.mark.parametrize(
        "text",
        ["Zoë", "zoë", "STØREN", "zoë stø", "stø zoë", "o'b", "brien", "holdings", "12", "søn"],
    )
    def test_finds_by_the_beginning_of_words_of_the_name(
        self, operator: Client, make: Any, text: str
    ) -> None:
        wanted = make(recipient=make_recipient(name="Zoë Støren-O'Brien/Holdings 12.5 & Sønner"))
        make()
        assert shown_ids(operator, q=text) == [wanted.id]

    def test_finds_by_the_last_four_of_the_account(self, operator: Client, make: Any) -> None:
        wanted = make(recipient=make_recipient(account_number=AccountNumber("local-12-a7Bc")))
        make()
        for text in ("a7Bc", "A7BC"):
            assert shown_ids(operator, q=text) == [wanted.id]

    def test_finds_by_the_whole_account_if_the_user_may_see_it(
        self, operator: Client, viewer: Client, make: Any
    ) -> None:
        wanted = make()
        for text in ("GB29NWBK60161331926819", "gb29 nwbk 6016 1331 9268 19"):
            assert shown_ids(operator, q=text) == [wanted.id]
            assert shown_ids(viewer, q=text) == []

    @pytest.mark.parametrize(
        "text", ["nobody", "9" * 30, "'", '"', "\\", ":*", "& | !", "\u0661", "%", "nn", "6818"]
    )
    def test_finds_nothing_else(self, operator: Client, make: Any, text: str) -> None:
        make()
        assert shown_ids(operator, q=text) == []

    def test_says_when_more_recipients_match_than_it_looks_at(
        self, operator: Client, make: Any
    ) -> None:
        oldest = make()
        assert "More than 50 recipients" not in text_of(operator, q="Ann")
        last = [make() for _ in range(50)][-1]
        page = operator.get(LIST, {"q": "ann"})
        assert "More than 50 recipients" in page.content.decode()
        assert page.context["rows"][0].id == last.id
        assert shown_ids(operator, q=oldest.order.reference) == [oldest.id]


class TestCost:
    """However many payouts there are: none are counted, and no page is found by counting rows."""

    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"status": "COMPLETED"},
            {"status": "NEW"},
            {"currency": "USD"},
            {"needs_review": "true"},
            {"returned": "true"},
            {"returned": "false"},
            {"deleted": "true"},
            {"deleted": "false", "status": "FAILED"},
            {"failure_code": "AC04"},
            {"created_from": "2026-01-01", "created_to": "2026-01-02"},
            {"q": "key-number-1"},
            {"q": "1234"},
            {"q": "ann"},
            {"q": "ann", "status": "NEW", "currency": "EUR"},
            {"recipient": "1"},
        ],
    )
    def test_is_that_of_an_index(self, operator: Client, asked: dict[str, str]) -> None:
        fill_payouts()
        if "recipient" in asked:
            asked = {"recipient": str(Recipient.objects.get().pk)}
        with CaptureQueriesContext(connection) as queries:
            response = operator.get(LIST, asked)
        assert not response.context["form"].errors
        statements = [each["sql"] for each in queries if "FROM payouts_payout" in each["sql"]]
        assert statements
        for sql in statements:
            assert "count(" not in sql.lower()
            assert "offset" not in sql.lower()
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}")
                plan = str(cursor.fetchall())
            assert "Index" in plan
            assert "Seq Scan on payouts_payout" not in plan

    def test_does_not_depend_on_how_deep_a_page_is(self, operator: Client) -> None:
        fill_payouts()
        oldest = Payout.objects.order_by("created_at")[10]
        from payouts.application.read_models import Position
        from payouts.entrypoints.api.pagination import encode_cursor

        cursor = encode_cursor(Position(oldest.created_at, oldest.pk))
        assert len(shown_ids(operator, cursor=cursor)) == 10


class TestAccess:
    def test_is_for_staff(self, make: Any) -> None:
        payout = make()
        client = client_of(Role.CLIENT)
        nobody = Client()
        nobody.force_login(User.objects.create_user("nobody", is_staff=True))
        for path in (LIST, f"{LIST}{payout.id}/change/"):
            assert client.get(path).status_code == 302
            assert nobody.get(path).status_code == 403

    def test_is_readable_whatever_is_asked(self, operator: Client) -> None:
        for name in ("q", "cursor", "status", "recipient", "created_from", "before", "p", "o"):
            for value in ("\0", "9" * 40, "-1", "9999-12-31T23:59:59-14:00", "'"):
                assert operator.get(LIST, {name: value}).status_code == 200, (name, value)


class TestPage:
    def test_explains_the_payout_in_one_sentence(self, operator: Client, make: Any) -> None:
        payout = make()
        page = text_of(operator, f"{LIST}{payout.id}/change/")
        assert "10.00</span> USD to <bdi>Ann Example" in page
        assert f"Waiting for a worker since {payout.created_at.day} " in page
        assert "UTC" in page

    def test_shows_the_history_newest_first(self, operator: Client, make: Any) -> None:
        payout = make()
        payouts = DatabasePayouts()
        entry = HistoryEntry(
            event=EventType.FAILED, actor="stefan", reason="AC04: The bank rejected it."
        )
        payouts.save(before=payout, after=payout.fail(Failure("AC04", "It rejected.")), entry=entry)
        response = operator.get(f"{LIST}{payout.id}/change/")
        failed, created = response.context["timeline"].entries
        assert (failed.title, failed.actor, failed.change) == ("Failed", "stefan", "NEW → FAILED")
        assert (failed.reason, failed.meaning) == ("AC04: The bank rejected it.", "Closed account")
        assert (created.title, created.actor) == ("Created", "ursula")

    def test_pages_through_a_long_history(self, operator: Client, make: Any) -> None:
        payout = make()
        with connection.cursor() as cursor:
            cursor.execute(_LATE_ANSWERS, [payout.id])
        seen: list[str] = []
        path = f"{LIST}{payout.id}/change/"
        asked: dict[str, Any] = {}
        while True:
            timeline = operator.get(path, asked).context["timeline"]
            seen += [entry.reason for entry in timeline.entries]
            if not timeline.older_than:
                break
            asked = {"before": timeline.older_than}
        assert seen == [*(f"number {number}" for number in reversed(range(120))), ""]

    def test_shows_how_the_recipient_has_changed(self, operator: Client, make: Any) -> None:
        payout = make()
        DatabaseRecipients().change(
            recipient_id=payout.order.terms.recipient_id,
            changes={"account_number": AccountNumber("NEW-ACCOUNT-1"), "name": "Ann Married"},
            actor="stefan",
        )
        response = operator.get(f"{LIST}{payout.id}/change/")
        differing = {each.name: each.today for each in response.context["compared"] if each.differs}
        assert differing == {"Name": "Ann Married", "Account number": "NEW-ACCOUNT-1"}

    def test_lists_other_payouts_to_the_recipient(self, operator: Client, make: Any) -> None:
        recipient = make_recipient()
        made = [make(recipient=recipient).id for _ in range(12)]
        make()
        others = operator.get(f"{LIST}{made[0]}/change/").context["others"]
        assert [row.id for row in others["rows"]] == made[:1:-1]
        assert shown_ids(operator, recipient=recipient.id) == made[::-1]
        assert others["url"].endswith(f"?recipient={recipient.id}")

    def test_shows_metadata_and_the_text_for_the_recipient(
        self, operator: Client, make: Any
    ) -> None:
        payout = make(metadata={"order": "<i>17</i>"}, remittance_information="Invoice 17")
        page = operator.get(f"{LIST}{payout.id}/change/").content.decode()
        assert "&lt;i&gt;17" in page
        assert "Invoice 17" in page

    def test_shows_a_deleted_payout_as_such(
        self, viewer: Client, unprivileged: Client, make: Any
    ) -> None:
        payout = make()
        change(payout, deleted_at=payout.created_at, next_attempt_at=None)
        assert f"Deleted {payout.created_at.day} " in text_of(viewer, f"{LIST}{payout.id}/change/")
        assert unprivileged.get(f"{LIST}{payout.id}/change/").status_code == 404

    @pytest.mark.parametrize("text", ["0", "x", "9" * 40, "-1", "\u0661", "1000000000"])
    def test_is_not_found_by_other_ids(self, operator: Client, text: str) -> None:
        assert operator.get(f"{LIST}{text}/change/").status_code == 404


class TestMasking:
    def test_shows_viewers_the_last_four_only(
        self, operator: Client, viewer: Client, make: Any
    ) -> None:
        account, later = "GB29NWBK60161331926819", "DE89370400440532013000"
        spaced = "GB29 NWBK 6016 1331 9268 19"
        payout = make(metadata={"to": spaced, "local": "x"}, remittance_information=f"To {account}")
        DatabaseRecipients().change(
            recipient_id=payout.order.terms.recipient_id,
            changes={"account_number": AccountNumber(later)},
            actor="stefan",
        )
        entry = HistoryEntry(event=EventType.FAILED, actor="stefan", reason=f"wrong: {spaced}")
        after = payout.fail(Failure.narrative(f"wrong: {spaced}"))
        DatabasePayouts().save(before=payout, after=after, entry=entry)
        page = f"{LIST}{payout.id}/change/"
        assert account in text_of(operator, page)
        assert later in text_of(operator, page)
        for path, asked in ((page, {}), (LIST, {}), (LIST, {"q": "ann"})):
            shown = text_of(viewer, path, **asked)
            assert "6819" in shown
            for hidden in (account, spaced, later, "NWBK 6016"):
                assert hidden not in shown
