import json
from datetime import UTC, datetime
from decimal import Decimal

from sandbox_bank.statement import write_statement
from sandbox_bank.transfer import Transfer, TransferOrder, TransferStatus


def transfer(amount: str, currency: str = "EUR") -> Transfer:
    return Transfer(
        id="1",
        order=TransferOrder(
            reference="abc",
            amount=Decimal(amount),
            currency=currency,
            name="Ann",
            account="1",
            agent="",
        ),
        outcome=TransferStatus.SETTLED,
        reason=None,
        final_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


class TestWriteStatement:
    def test_sums_each_currency_to_the_last_digit(self) -> None:
        huge = "999999999999999999.99"
        statement = json.loads(
            write_statement([transfer(huge), transfer("0.01"), transfer("5", "JPY")])
        )

        assert statement["count"] == 3
        assert statement["sums"] == {"EUR": "1000000000000000000.00", "JPY": "5"}
        assert statement["transfers"][0]["amount"] == huge
        assert statement["transfers"][0]["settled_at"] == "2026-01-02T03:04:05+00:00"

    def test_is_empty_when_nothing_moved(self) -> None:
        assert json.loads(write_statement([])) == {"transfers": [], "count": 0, "sums": {}}
