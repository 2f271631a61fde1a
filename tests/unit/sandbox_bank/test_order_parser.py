import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox_bank.order_parser import is_reference, parse_order
from sandbox_bank.problem import ProblemError
from sandbox_bank.transfer import TransferOrder

CREDITOR = {"name": "Ann", "account": "DE00 1234", "agent": "BANKCODE"}
DOCUMENT = {"reference": "abc-1", "amount": "100.00", "currency": "EUR", "creditor": CREDITOR}


def parse(**changes: Any) -> TransferOrder:
    return parse_order(json.dumps({**DOCUMENT, **changes}).encode())


@contextmanager
def refused(status: int) -> Iterator[pytest.ExceptionInfo[ProblemError]]:
    with pytest.raises(ProblemError) as caught:
        yield caught
    assert caught.value.status == status


class TestParseOrder:
    def test_reads_an_order(self) -> None:
        assert parse() == TransferOrder(
            reference="abc-1",
            amount="100.00",
            currency="EUR",
            name="Ann",
            account="DE00 1234",
            agent="BANKCODE",
            remittance_information=None,
        )

    @pytest.mark.parametrize("agent", [{}, {"agent": ""}, {"agent": None}])
    def test_accepts_an_order_without_an_agent(self, agent: dict[str, str | None]) -> None:
        assert parse(creditor={"name": "Ann", "account": "1", **agent}).agent == ""

    @pytest.mark.parametrize(
        ("amount", "currency", "written"),
        [
            ("0.01", "EUR", "0.01"),
            ("1", "EUR", "1.00"),
            ("1.0", "EUR", "1.00"),
            ("9" * 18, "EUR", "9" * 18 + ".00"),
            ("1", "JPY", "1"),
            ("1.001", "BHD", "1.001"),
        ],
    )
    def test_writes_an_amount_with_all_decimals_of_the_currency(
        self, amount: str, currency: str, written: str
    ) -> None:
        assert parse(amount=amount, currency=currency).amount == written

    @pytest.mark.parametrize("text", [None, "", "a" * 140, "Rechnung Nr. 7, für März"])
    def test_keeps_remittance_information(self, text: str | None) -> None:
        assert parse(remittance_information=text).remittance_information == text

    @pytest.mark.parametrize("text", ["a" * 141, "a\nb", "a\x00", "\ud800", 7, ["a"], {}])
    def test_refuses_remittance_information_that_is_not_one_line(self, text: object) -> None:
        with refused(400):
            parse(remittance_information=text)

    @pytest.mark.parametrize(
        ("amount", "currency", "reason"),
        [
            ("0", "EUR", "AM01"),
            ("0.00", "EUR", "AM01"),
            ("1.001", "EUR", "AM12"),
            ("1.0", "JPY", "AM12"),
            ("1", "XAU", "AM03"),
            ("1", "eur", "AM03"),
            ("1", "", "AM03"),
        ],
    )
    def test_refuses_with_a_reason_an_order_that_no_bank_can_pay(
        self, amount: str, currency: str, reason: str
    ) -> None:
        with refused(422) as caught:
            parse(amount=amount, currency=currency)
        assert caught.value.reason == reason

    @pytest.mark.parametrize(
        "amount",
        [
            *("", "1e3", "-1", "+1", " 1", "1\n", "1_0", "1,0", ".5", "5.", "010", "NaN"),
            *("\uff11", "9" * 19, 100, 1.5, True, None, ["1"]),
        ],
    )
    def test_refuses_an_amount_in_any_other_notation(self, amount: object) -> None:
        with refused(400):
            parse(amount=amount)

    @pytest.mark.parametrize(
        "reference", ["", "a" * 36, "-a", "..", "a/b", "a b", "a\n", "ä", "a\x00", None, 7]
    )
    def test_refuses_a_reference_that_does_not_fit_into_a_path(self, reference: object) -> None:
        with refused(400):
            parse(reference=reference)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "a" * 256),
            ("name", "a\nb"),
            ("account", ""),
            ("account", "1" * 65),
            ("account", "1\x00"),
            ("account", "\ud800"),
            ("account", 12),
            ("account", None),
            ("agent", "a" * 33),
            ("agent", 1),
            ("iban", "1"),
        ],
    )
    def test_refuses_a_creditor_with_a_field_that_is_not_one_line(
        self, field: str, value: object
    ) -> None:
        with refused(400):
            parse(creditor={**CREDITOR, field: value})

    @pytest.mark.parametrize("field", DOCUMENT)
    def test_refuses_a_document_with_a_field_missing(self, field: str) -> None:
        document = {name: value for name, value in DOCUMENT.items() if name != field}
        with refused(400):
            parse_order(json.dumps(document).encode())

    def test_refuses_a_field_that_is_given_twice(self) -> None:
        text = json.dumps(DOCUMENT).replace("{", '{"amount": "1.00", ', 1)
        with refused(400):
            parse_order(text.encode())

    def test_never_repeats_a_value_of_the_request(self) -> None:
        with refused(400) as caught:
            parse(creditor={**CREDITOR, "GB00PLANTED": "GB00PLANTED", "account": "GB00PLANTED\n"})
        assert "PLANTED" not in str(caught.value)


class TestIsReference:
    @pytest.mark.parametrize("text", ["a", "0" * 35, "PAY-1.2_3:4+5"])
    def test_accepts_references_that_fit_into_a_path(self, text: str) -> None:
        assert is_reference(text)
