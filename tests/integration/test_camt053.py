"""Bank statements as files: what is understood, and what is refused."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.camt import entry, paid, returned, statement, transaction

from payouts.adapters.statements.camt053 import read_camt053
from payouts.domain.statement import Period, StatementEntry, UnreadableStatementError

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

    def test_takes_the_amount_that_was_ordered_before_the_one_booked_for_it(
        self, read: Any
    ) -> None:
        exchanged = entry(transaction("REF-1", extra=DETAILS))
        assert booked(read(statement([exchanged]))) == [("REF-1", "9.20 EUR", False)]

    def test_reads_returns_with_their_reason(self, read: Any) -> None:
        [back, _] = read(statement([returned("REF-1")]))
        assert (back.is_credit, back.reason) == (True, "AC04")

    def test_knows_no_reference_where_none_was_given(self, read: Any) -> None:
        entries = [entry(), entry(transaction("NOTPROVIDED"))]
        assert [reference for reference, *_ in booked(read(statement(entries)))] == ["", ""]

    @pytest.mark.parametrize("status", ["PDNG", "<Cd>INFO</Cd>", "<Cd>PDNG</Cd>", "FUTR"])
    def test_leaves_out_what_is_not_booked(self, read: Any, status: str) -> None:
        assert booked(read(statement([entry(transaction("REF-1"), status=status)]))) == []

    def test_takes_old_spellings_of_booked(self, read: Any) -> None:
        entries = [entry(transaction("R"), status=status) for status in ("BOOK", "")]
        assert len(booked(read(statement(entries)))) == 2

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
        told = [moment.timestamp() for moment in (period.since, period.until)]
        assert told == [datetime.fromisoformat(text).timestamp() for text in expected]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"reference;amount\nREF-1;10.00\n",
            b"<html></html>",
            b"<Document><BkToCstmrAcctRpt/></Document>",
            BOMB,
            statement([paid("REF-1")])[:-30],
            statement([paid("REF-1", amount="ten")]),
            statement([paid("REF-1", amount="-10.00")]),
            statement([paid("REF-1", amount="1e3")]),
            statement([paid("REF-1", currency="dollars")]),
            statement([entry(transaction("REF-1"), indicator="OUT")]),
            statement(["<Ntry><Sts>BOOK</Sts></Ntry>"]),
            statement(period=("yesterday", "today")),
        ],
    )
    def test_refuses_in_one_line_what_it_cannot_read(self, read: Any, body: bytes) -> None:
        with pytest.raises(UnreadableStatementError) as caught:
            read(body)
        assert "\n" not in str(caught.value)
        assert "statement.xml" in str(caught.value)

    def test_tells_of_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableStatementError, match="No such file"):
            list(read_camt053(tmp_path / "nothing.xml"))
