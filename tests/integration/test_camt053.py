"""Bank statements as files: which are read, and which are refused."""

from datetime import UTC, datetime
from decimal import Decimal
from encodings.aliases import aliases
from pathlib import Path
from typing import Any

import pytest
from tests.camt import entry, paid, returned, statement, transaction

from payouts.adapters.statements.camt053 import read_camt053
from payouts.domain.statement import (
    Period,
    StatementEntry,
    UnreadableEntry,
    UnreadableStatementError,
)

# A statement like any other, but for the entity that stands for its amount.
BOMB = statement([paid("REF-1", amount="&a;")]).replace(
    b"<Document", b'<!DOCTYPE Document [<!ENTITY a "10.00">]><Document', 1
)
DETAILS = """
<AmtDtls><InstdAmt><Amt Ccy="EUR">9.20</Amt></InstdAmt></AmtDtls>
"""


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read_bytes(body: bytes) -> list[Period | StatementEntry]:
        path = tmp_path / "statement.xml"
        path.write_bytes(body)
        return list(read_camt053(path))

    return read_bytes


OURS = "019abc4e1f2a7d3c9b5e6f708192a3b4"
DAY = ("2026-11-25T00:00:00", "2026-11-25T00:00:00")
MONTH = ("2026-10-01T00:00:00", "2026-10-31T00:00:00")


def booked(items: list[Period | StatementEntry]) -> list[tuple[str, str, bool]]:
    return [
        (item.reference, item.money, item.is_credit)
        for item in items
        if isinstance(item, StatementEntry)
    ]


class TestReadCamt053:
    @pytest.mark.parametrize(
        "namespace",
        [f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{number}" for number in ("02", "08", "13")]
        + [""],
    )
    def test_reads_every_version(self, read: Any, namespace: str) -> None:
        first, period = read(statement([paid("REF-1")], namespace=namespace))
        assert first == StatementEntry(
            reference="REF-1",
            amount=Decimal("10.00"),
            currency="USD",
            booked_at="2026-11-20",
            bank_reference="B-118",
        )
        assert period == Period()

    def test_reads_each_transaction_of_a_batch(self, read: Any) -> None:
        batch = entry(transaction("REF-1", "3.00"), transaction("REF-2", "7.00"), amount="10.00")
        assert booked(read(statement([batch]))) == [
            ("REF-1", "3.00 USD", False),
            ("REF-2", "7.00 USD", False),
        ]

    def test_prefers_the_ordered_amount_to_the_booked_one(self, read: Any) -> None:
        exchanged = entry(transaction("REF-1", extra=DETAILS))
        assert booked(read(statement([exchanged]))) == [("REF-1", "9.20 EUR", False)]

    def test_reads_returns_with_their_reason(self, read: Any) -> None:
        [back, _] = read(statement([returned("REF-1")]))
        assert (back.is_credit, back.reason) == (True, "AC04")

    def test_reads_no_reference_where_none_was_given(self, read: Any) -> None:
        entries = [entry(), entry(transaction("NOTPROVIDED"))]
        assert [reference for reference, *_ in booked(read(statement(entries)))] == ["", ""]

    @pytest.mark.parametrize(
        "status",
        [
            *("PDNG", "FUTR", "<Cd>INFO</Cd>", "<Cd>PDNG</Cd>", "<Cd>FUTR</Cd>"),
            *("<Prtry>PENDING</Prtry>", "<Prtry>Gebucht</Prtry>"),
        ],
    )
    def test_omits_entries_that_are_not_booked(self, read: Any, status: str) -> None:
        entries = [entry(transaction("REF-1"), status=status), entry(amount="", status=status)]
        assert read(statement(entries)) == [Period()]

    @pytest.mark.parametrize(
        "status",
        ["BOOK", "", "<Cd> BOOK </Cd>", "<Prtry>BOOK</Prtry>", "<Prtry>Booked</Prtry>"],
    )
    def test_accepts_each_spelling_of_booked(self, read: Any, status: str) -> None:
        assert len(booked(read(statement([entry(transaction("R"), status=status)])))) == 1

    @pytest.mark.parametrize(
        ("information", "reason"),
        [
            ("<Rsn><Cd>AC04</Cd></Rsn>", "AC04"),
            ("<Rsn><Prtry>0914</Prtry></Rsn>", "0914"),
            ("<AddtlInf>Account closed</AddtlInf>", "Account closed"),
            (
                "<Rsn><Prtry>0914</Prtry></Rsn>"
                "<AddtlInf>Account\n closed</AddtlInf><AddtlInf>Ask the payee</AddtlInf>",
                "0914: Account closed Ask the payee",
            ),
            ("", ""),
        ],
    )
    def test_keeps_the_reason_of_a_return(self, read: Any, information: str, reason: str) -> None:
        back = transaction("R", extra=f"<RtrInf>{information}</RtrInf>")
        [item, _] = read(statement([entry(back, indicator="CRDT")]))
        assert item.reason == reason

    @pytest.mark.parametrize(
        "details",
        [
            f"<Refs><EndToEndId>[{OURS}]</EndToEndId></Refs>",
            f"<Refs><EndToEndId>\n  /EREF/{OURS}  \n</EndToEndId></Refs>",
            f"<Refs><InstrId>{OURS}</InstrId><EndToEndId>NOTPROVIDED</EndToEndId></Refs>",
            f"<Refs><EndToEndId> NotProvided </EndToEndId><TxId>{OURS}</TxId></Refs>",
            f"<RmtInf><Ustrd>Invoice 8</Ustrd><Ustrd>REF {OURS}</Ustrd></RmtInf>",
            f"<AddtlTxInf>{OURS} Ann Example</AddtlTxInf>",
        ],
    )
    def test_finds_our_reference_in_each_element_that_banks_use(
        self, read: Any, details: str
    ) -> None:
        [item, _] = read(statement([entry(f"<TxDtls>{details}</TxDtls>")]))
        assert item.reference == OURS

    def test_finds_our_reference_in_an_entry_without_details(self, read: Any) -> None:
        bare = entry(extra=f"<AddtlNtryInf>SEPA {OURS}</AddtlNtryInf>")
        [item, _] = read(statement([bare]))
        assert item.reference == OURS

    def test_keeps_other_references_unchanged(self, read: Any) -> None:
        others = transaction("INV [/2024] 17", extra=f"<RmtInf><Ustrd>{OURS}</Ustrd></RmtInf>")
        [item, _] = read(statement([entry(others)]))
        assert item.reference == "INV [/2024] 17"

    @pytest.mark.parametrize(
        "amount", ["000000000000010.00", "10.", "+10", " 10.00\n", "10.00000", "0010"]
    )
    def test_reads_each_form_of_an_amount(self, read: Any, amount: str) -> None:
        [item, _] = read(statement([paid("REF-1", amount)]))
        assert item.amount == 10

    def test_reads_the_next_amount_if_the_first_is_empty(self, read: Any) -> None:
        empty = '<AmtDtls><TxAmt><Amt Ccy="USD"/></TxAmt></AmtDtls>'
        items = read(statement([entry(transaction("REF-1", extra=empty), amount=".05")]))
        assert booked(items) == [("REF-1", "0.05 USD", False)]


class TestUnreadableEntry:
    @pytest.mark.parametrize(
        ("damaged", "problem"),
        [
            (paid("REF-1", ""), "it has no amount"),
            (paid("REF-1", "ten"), "'ten' is not an amount"),
            (paid("REF-1", "1e3"), "'1e3' is not an amount"),
            (paid("REF-1", "-10.00"), "the amount '-10.00' is negative"),
            (paid("REF-1", currency="dollars"), "its currency is 'dollars'"),
            (paid("REF-1", currency=""), "its currency is ''"),
            (
                entry(transaction("REF-1"), indicator="OUT"),
                "its CdtDbtInd is 'OUT', not CRDT or DBIT",
            ),
        ],
    )
    def test_names_its_place_while_the_others_are_read(
        self, read: Any, damaged: str, problem: str
    ) -> None:
        good, bad, period = read(statement([paid("REF-0"), f"\n{damaged}"]))
        assert (good.reference, period) == ("REF-0", Period())
        assert bad == UnreadableEntry(
            place="entry 2 (line 2) of statement.xml",
            problem=problem,
            reference="REF-1",
            booked_at="2026-11-20",
            bank_reference="B-118",
        )

    def test_may_have_no_readable_fact(self, read: Any) -> None:
        [bad, _] = read(statement(["<Ntry><Sts>BOOK</Sts></Ntry>"]))
        place = "entry 1 (line 1) of statement.xml"
        assert bad == UnreadableEntry(place=place, problem="it has no amount")

    def test_may_be_one_transaction_of_a_batch(self, read: Any) -> None:
        batch = entry(transaction("REF-1", "3.00"), transaction("REF-2"), amount="10.00")
        good, bad, _ = read(statement([batch]))
        assert (good.reference, bad.reference) == ("REF-1", "REF-2")
        assert bad.place == "transaction 2 of entry 1 (line 1) of statement.xml"

    @pytest.mark.parametrize("listed", [0, 1, 2])
    def test_stands_for_the_transactions_that_a_batch_does_not_list(
        self, read: Any, listed: int
    ) -> None:
        transactions = [transaction(f"REF-{number}", "1.00") for number in range(listed)]
        batch = entry("<Btch><NbOfTxs>3</NbOfTxs></Btch>", *transactions, amount="3.00")
        *good, bad, _ = read(statement([batch]))
        assert [item.reference for item in good] == [f"REF-{number}" for number in range(listed)]
        assert bad.problem == f"it has 3 transactions and lists {listed} of them"

    @pytest.mark.parametrize("size", ["1", "2", "", "many", "-3", "9" * 5000])
    def test_is_absent_when_a_batch_lists_all_transactions(self, read: Any, size: str) -> None:
        number = f"<Btch><NbOfTxs>{size}</NbOfTxs></Btch>"
        batch = entry(number, transaction("R-1", "1.00"), transaction("R-2", "2.00"))
        assert [reference for reference, *_ in booked(read(statement([batch])))] == ["R-1", "R-2"]


class TestPeriod:
    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            (
                "2026-11-20T00:00:00+01:00",
                "2026-11-20T23:59:59.999999+01:00",
                ("2026-11-19T23:00:00+00:00", "2026-11-20T23:00:00+00:00"),
            ),
            (
                "2026-11-20",
                "2026-11-20",
                ("2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00"),
            ),
        ],
    )
    def test_reads_its_period(
        self, read: Any, since: str, until: str, expected: tuple[str, str]
    ) -> None:
        [period] = read(statement(period=(since, until)))
        timestamps = [moment.timestamp() for moment in (period.since, period.until)]
        assert timestamps == [datetime.fromisoformat(text).timestamp() for text in expected]

    @pytest.mark.parametrize(
        ("last", "until"),
        [
            ("2026-11-25T23:59:59", "2026-11-26T00:00:00Z"),
            ("2026-11-25T24:00:00", "2026-11-26T00:00:00Z"),
            ("2026-11-25T23:59:60", "2026-11-26T00:00:01Z"),
            ("2026-11-25", "2026-11-26T00:00:00Z"),
            ("2026-11-25+02:00", "2026-11-25T22:00:00Z"),
        ],
    )
    def test_includes_its_last_moment(self, read: Any, last: str, until: str) -> None:
        [period] = read(statement(period=("2026-11-25T00:00:00", last)))
        assert period.until == datetime.fromisoformat(until)

    @pytest.mark.parametrize("last", ["9999-12-31", "9999-12-31T23:59:59", "9999-12-31T00:00:00"])
    def test_may_end_with_the_calendar(self, read: Any, last: str) -> None:
        [period] = read(statement(period=("2026-11-25T00:00:00", last)))
        assert period.until == datetime.max.replace(tzinfo=UTC)

    @pytest.mark.parametrize("period", [DAY, MONTH])
    @pytest.mark.parametrize("closing", ["last day", "none", "day before, last day booked"])
    def test_includes_the_day_that_begins_at_its_midnight(
        self, read: Any, period: tuple[str, str], closing: str
    ) -> None:
        last = period[1][:10]
        entries = [paid("REF-1", booked_on=last)] if "booked" in closing else []
        day = {"last day": last, "none": None}.get(closing, "2026-01-01")
        options = {"closing_day": day} if day else {}
        found = read(statement(entries, period=period, **options))[-1]
        assert (found.until - datetime.fromisoformat(f"{last}T00:00:00Z")).days == 1

    def test_includes_its_only_day_with_any_closing_balance(self, read: Any) -> None:
        [period] = read(statement(period=DAY, closing_day="2026-11-24"))
        assert period.until == datetime(2026, 11, 26, tzinfo=UTC)

    def test_ends_at_midnight_if_the_closing_balance_is_of_the_day_before(self, read: Any) -> None:
        entries = [paid("REF-1", booked_on="2026-11-24")]
        exact = ("2026-11-24T00:00:00", "2026-11-25T00:00:00")
        period = read(statement(entries, period=exact, closing_day="2026-11-24"))[-1]
        assert period.until == datetime(2026, 11, 25, tzinfo=UTC)

    def test_is_read_for_each_statement(self, read: Any) -> None:
        body = statement([paid("REF-1", booked_on="2026-11-25")], period=DAY)
        first = body[body.index(b"<Stmt>") : body.index(b"</BkToCstmrStmt>")]
        exact = ("2026-11-24T00:00:00", "2026-11-25T00:00:00")
        other = statement(period=exact, closing_day="2026-11-24")
        _, one, two = read(other.replace(b"<Stmt>", first + b"<Stmt>"))
        assert (one.until, two.until) == (
            datetime(2026, 11, 26, tzinfo=UTC),
            datetime(2026, 11, 25, tzinfo=UTC),
        )


class TestRefusal:
    @pytest.mark.parametrize("encoding", ["UTF-8", "iso-8859-1", "windows-1252", "US-ASCII"])
    def test_spares_a_known_encoding(self, read: Any, encoding: str) -> None:
        assert len(read(statement([paid("REF-1")], encoding=encoding))) == 2

    def test_spares_utf_16(self, read: Any) -> None:
        body = statement([paid("REF-1")], encoding="UTF-16").decode().encode("utf-16")
        assert len(read(body)) == 2

    @pytest.mark.parametrize(
        "encoding", sorted({"ANSI", "x-unknown", "utf-7", "idna", *aliases, *aliases.values()})
    )
    def test_is_one_line_for_any_other_encoding(self, read: Any, encoding: str) -> None:
        try:
            read(statement([paid("REF-1")], encoding=encoding))
        except UnreadableStatementError as error:
            assert "\n" not in str(error)  # noqa: PT017  most encodings can be read

    @pytest.mark.parametrize(
        ("since", "until"),
        [("2026-11-25", "2026-11-24"), ("2026-11-25T10:00:00", "2026-11-25T09:00:00")],
    )
    def test_is_for_a_period_that_ends_before_it_begins(
        self, read: Any, since: str, until: str
    ) -> None:
        with pytest.raises(UnreadableStatementError, match="ends before it begins"):
            read(statement(period=(since, until)))

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"reference;amount\nREF-1;10.00\n",
            b"<html></html>",
            b"<Document><BkToCstmrAcctRpt/></Document>",
            BOMB,
            statement([paid("REF-1")])[:-30],
            statement(period=("yesterday", "today")),
        ],
    )
    def test_gives_one_line_for_a_file_that_cannot_be_read(self, read: Any, body: bytes) -> None:
        with pytest.raises(UnreadableStatementError) as caught:
            read(body)
        assert "\n" not in str(caught.value)
        assert "statement.xml" in str(caught.value)

    def test_names_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableStatementError, match="No such file"):
            list(read_camt053(tmp_path / "nothing.xml"))
