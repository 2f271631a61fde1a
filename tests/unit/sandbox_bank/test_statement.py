from datetime import datetime

import pytest
from tests.unit.sandbox_bank.samples import a_transfer

from sandbox_bank.statement import build_statement


class TestBuildStatement:
    def test_sums_each_currency_to_the_last_digit(self) -> None:
        huge = "999999999999999999.99"

        statement = build_statement(
            [
                a_transfer(amount=huge),
                a_transfer(amount="0.01"),
                a_transfer(amount="5", currency="JPY"),
            ]
        )

        assert statement["count"] == 3
        assert statement["sums"] == {"EUR": "1000000000000000000.00", "JPY": "5"}

    def test_contains_every_field_of_a_transfer(self) -> None:
        transfer = a_transfer(remittance_information="Invoice 7")

        [entry] = build_statement([transfer])["transfers"]

        settled_at = datetime.fromisoformat(entry.pop("settled_at"))
        assert settled_at.timestamp() == pytest.approx(transfer.final_at, abs=1e-3)
        assert entry == {
            "id": transfer.id,
            "reference": "try-1",
            "amount": "100.00",
            "currency": "EUR",
            "name": "Ann Example",
            "account": "DE00 1234",
            "agent": "",
            "remittance_information": "Invoice 7",
        }

    def test_is_empty_when_no_money_moved(self) -> None:
        assert build_statement([]) == {"transfers": [], "count": 0, "sums": {}}
