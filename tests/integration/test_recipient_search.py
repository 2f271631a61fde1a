"""Recipients as operators look for them, in PostgreSQL."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.recipient_rows import fill_recipients
from tests.unit.samples import a_recipient

from payouts.adapters.database.recipient_search import find_recipients
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.domain.recipient import AccountNumber


def add(name: str, *, account_number: str = "7", external_id: str = "") -> int:
    details = a_recipient(
        name=name, account_number=AccountNumber(account_number), external_id=external_id
    ).details
    added = DatabaseRecipients().add(details, actor="stefan")
    assert added
    return added.id


@pytest.mark.usefixtures("database")
class TestFindRecipients:
    @pytest.mark.parametrize(
        "text",
        [
            "anna",
            "ANNA",
            "Anna Łódź-Müller",
            "müll",
            "łódź",
            "mül ann",
            "Müller, Anna",
            "foo/bar",
            "(Foo)",
            "o'neill",
            "O",
        ],
    )
    def test_finds_the_beginnings_of_words_of_the_name(self, text: str) -> None:
        wanted = add("Anna Łódź-Müller & O'Neill (Foo/Bar)")
        add("Johanna Lodz")
        assert find_recipients(text, limit=10) == [wanted]

    @pytest.mark.parametrize(
        "text",
        ["nna", "anna bob", "", "%", "_", "'", "\\", ":*", "&", "!", "”", "\u0661", "9" * 30],
    )
    def test_finds_nothing_by_what_is_no_beginning_of_a_word(self, text: str) -> None:
        add("Anna Müller")
        assert find_recipients(text, limit=10) == []

    @pytest.mark.parametrize(
        "text",
        [
            "GB29NWBK60161331926819",
            "gb29 nwbk 6016 1331 9268 19",
            "GB29-NWBK\u00a060161331926819",
            "6819",
        ],
    )
    def test_finds_an_iban_in_any_spelling_or_by_its_end(self, text: str) -> None:
        wanted = add("Anna", account_number="GB29NWBK60161331926819")
        add("Bob", account_number="GB33BUKB20201555555555")
        assert find_recipients(text, limit=10, by_whole_account=True) == [wanted]

    @pytest.mark.parametrize("text", ["40-11 12 34x", "40-111234X", "234x", "2 34X"])
    def test_finds_a_local_number_with_and_without_spaces(self, text: str) -> None:
        wanted = add("Anna", account_number="40-11 12 34x")
        assert find_recipients(text, limit=10, by_whole_account=True) == [wanted]

    def test_finds_no_whole_number_for_a_user_who_sees_its_end_only(self) -> None:
        wanted = add("Anna", account_number="GB29NWBK60161331926819")
        assert find_recipients("GB29NWBK60161331926819", limit=10) == []
        assert find_recipients("6819", limit=10) == [wanted]

    @pytest.mark.parametrize("text", ["0-111234X", "34X", "40-1"])
    def test_finds_no_other_part_of_a_number(self, text: str) -> None:
        add("Anna", account_number="40-11 12 34x")
        assert find_recipients(text, limit=10, by_whole_account=True) == []

    def test_finds_an_external_id_and_an_id(self) -> None:
        wanted = add("Anna", external_id="Supplier/42")
        assert find_recipients("Supplier/42", limit=10) == [wanted]
        assert find_recipients("supplier/42", limit=10) == []
        assert find_recipients(str(wanted), limit=10) == [wanted]
        assert find_recipients(f"#{wanted}", limit=10) == [wanted]

    def test_puts_what_identifies_a_recipient_first_and_names_last(self) -> None:
        by_external_id = add("Ann", external_id="4711")
        by_account = add("Bob", account_number="12344711")
        by_name = add("4711 GmbH")
        assert find_recipients("4711", limit=10) == [by_external_id, by_account, by_name]
        assert find_recipients("4711", limit=2) == [by_external_id, by_account]


@pytest.fixture(scope="module")
def filled_database(empty_database_of_module: None) -> None:
    fill_recipients()


@pytest.mark.usefixtures("filled_database")
class TestPlan:
    @pytest.mark.parametrize("text", ["ann", "number17", "ann number17", "0017", "client-2", "zzz"])
    def test_reads_each_way_from_an_index(self, text: str) -> None:
        with CaptureQueriesContext(connection) as queries:
            find_recipients(text, limit=50, by_whole_account=True)
        [statement] = [each["sql"] for each in queries]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "on recipient_by_last_four" in plan or "using recipient_by_last_four" in plan
        assert "using recipient_external_id" in plan
        # Every name starts with this one, so that a sequential scan finds enough of them at once.
        assert text == "ann" or "Seq Scan" not in plan
