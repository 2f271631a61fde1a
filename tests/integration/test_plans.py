"""How PostgreSQL goes about what it is asked, before it has ever looked at a table's size."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from tests.unit.samples import a_recipient

from payouts.adapters.database import reads, statements
from payouts.adapters.database.models import Payout
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.adapters.database.rows import query
from payouts.application.views import PageQuery, Position
from payouts.domain.status import PayoutStatus

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime.now(UTC)
PAGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "status": {"status": PayoutStatus.NEW},
    "currency": {"currency": "USD"},
    "recipient": {"recipient_id": 1},
    "key": {"idempotency_key": "key-number-1"},
    "review": {"needs_review": True},
    "before": {"created_before": NOW},
    "after": {"created_after": NOW},
    "older": {"position": Position(NOW, 1)},
    "newer": {"position": Position(NOW, 1, newer=True)},
}


def plan(sql: str, parameters: dict[str, Any]) -> str:
    """Return the plan that is made once for whatever the parameters may be."""
    names = {name: f"${number}" for number, name in enumerate(parameters, 1)}
    values = ", ".join(["%s"] * len(parameters))
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE asked AS {sql % names}")
        arguments = f"({values})" if values else ""
        cursor.execute(f"EXPLAIN EXECUTE asked {arguments}", list(parameters.values()))
        found = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
    return found


def asked_for(wanted: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the statement for a page, and its parameters."""
    with patch.object(reads, "query", wraps=query) as asked:
        reads.DatabaseReads().page(PageQuery(size=20, **wanted))
    [call] = asked.call_args_list
    return call.args


def make_payouts_that_are_not_due(count: int) -> None:
    """Make payouts and let PostgreSQL count them."""
    recipient_id = DatabaseRecipients().add(a_recipient().details)["id"]
    Payout.objects.bulk_create(
        Payout(
            reference=f"reference-{number}",
            idempotency_key=f"key-number-{number}",
            recipient_id=recipient_id,
            amount=1,
            currency=("USD", "EUR", "UAH")[number % 3],
            minor_units=2,
            status=PayoutStatus.NEW.value,
            created_at=NOW,
            updated_at=NOW,
        )
        for number in range(count)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payouts_payout")


class TestPlan:
    @pytest.mark.parametrize("wanted", PAGES.values(), ids=PAGES)
    def test_reads_a_page_in_the_order_of_an_index(self, wanted: dict[str, Any]) -> None:
        found = plan(*asked_for(wanted))
        assert "on payouts_payout" in found
        assert "Seq Scan on payouts_payout" not in found
        assert "Bitmap" not in found

    @pytest.mark.parametrize(
        ("sql", "parameters"),
        [
            (statements.DUE, {"limit": 500}),
            (statements.TAKE_OVERDUE, {"limit": 500, "requeue_interval_seconds": 30.0}),
        ],
        ids=["due", "take_overdue"],
    )
    def test_reads_what_waits_in_the_order_of_an_index(
        self, sql: str, parameters: dict[str, Any]
    ) -> None:
        found = plan(sql, parameters)
        assert "Index Scan using payout_" in found
        assert "Sort" not in found

    def test_looks_for_a_payout_by_its_id_even_if_none_was_due(self) -> None:
        """Of an index that was empty when a plan was made, PostgreSQL thinks that it is quick."""
        make_payouts_that_are_not_due(500)
        claim = {"payout_id": 1, "lease_seconds": 30.0, "request_id": "request"}
        found = plan(statements.CLAIM, claim)
        assert "using payouts_payout_pkey on payouts_payout" in found
        assert "(id = $1)" in found  # for any id: it need not be planned again

    def test_prefers_a_rare_status_to_a_currency(self) -> None:
        make_payouts_that_are_not_due(500)
        found = plan(*asked_for({"status": PayoutStatus.PROCESSING, "currency": "UAH"}))
        assert "using payout_by_status" in found

    def test_has_no_index_that_is_only_written_to(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = 'payouts_payout'"
                " AND indexdef LIKE '%varchar_pattern_ops%'"
            )
            assert cursor.fetchall() == []
