"""The plans that PostgreSQL chooses for the statements, on a table of some size."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from tests.payout_rows import fill_payouts

from payouts.adapters.database import client_events, queue_sql, reads, statistics
from payouts.adapters.database.client_events import DatabaseClientEvents
from payouts.adapters.database.rows import query
from payouts.application.read_models import EventPosition, PageQuery, Position
from payouts.domain.client_events import ClientEventType
from payouts.domain.status import PayoutStatus

pytestmark = pytest.mark.usefixtures("filled_database")

NOW = datetime.now(UTC)
PAGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "frequent status": {"status": PayoutStatus.COMPLETED},
    "rare status": {"status": PayoutStatus.NEW},
    "currency": {"currency": "USD"},
    "rare status and currency": {"status": PayoutStatus.NEW, "currency": "USD"},
    "recipient": {"recipient_id": 1},
    "key": {"idempotency_key": "key-number-1"},
    "review": {"needs_review": True},
    "returned": {"returned": True},
    "before": {"created_before": NOW - timedelta(days=1)},
    "after": {"created_after": NOW - timedelta(days=1)},
    "older": {"position": Position(NOW - timedelta(days=1), 1)},
    "newer": {"position": Position(NOW - timedelta(days=1), 1, newer=True)},
}


@pytest.fixture(scope="module")
def filled_database(empty_database_of_module: None) -> None:
    fill_payouts()


def custom_plan(sql: str, parameters: dict[str, Any]) -> str:
    """Return the plan for these parameters."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


def generic_plan(sql: str, parameters: dict[str, Any]) -> str:
    """Return the plan that a prepared statement has for any parameters."""
    names = {name: f"${number}" for number, name in enumerate(parameters, 1)}
    values = ", ".join(["%s"] * len(parameters))
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE asked AS {sql % names}")
        cursor.execute(f"EXPLAIN EXECUTE asked ({values})", list(parameters.values()))
        found = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
        cursor.execute("RESET plan_cache_mode")
    return found


def statement_of(wanted: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the statement for a page, and its parameters."""
    with patch.object(reads, "query", wraps=query) as asked:
        reads.DatabaseReads().page(PageQuery(size=20, **wanted))
    [call] = asked.call_args_list
    return call.args


class TestPlan:
    @pytest.mark.parametrize("wanted", PAGES.values(), ids=PAGES)
    def test_reads_a_page_from_an_index(self, wanted: dict[str, Any]) -> None:
        found = custom_plan(*statement_of(wanted))
        assert "on payouts_payout" in found
        assert "Seq Scan on payouts_payout" not in found

    @pytest.mark.parametrize(
        ("sql", "parameters"),
        [
            (
                queue_sql.DUE,
                {"started_at": NOW, "next_attempt_at": NOW, "id": 0, "limit": 500},
            ),
            (queue_sql.TAKE_OVERDUE, {"limit": 500, "interval_seconds": 30.0}),
        ],
        ids=["due", "overdue"],
    )
    def test_reads_payouts_that_are_due_from_an_index(
        self, sql: str, parameters: dict[str, Any]
    ) -> None:
        found = custom_plan(sql, parameters)
        assert "using payout_" in found
        assert "Seq Scan on payouts_payout" not in found

    def test_finds_the_payout_to_claim_by_its_id(self) -> None:
        claim = {"payout_id": 1, "lease_seconds": 30.0, "request_id": "request"}
        found = generic_plan(queue_sql.CLAIM, claim)
        assert "using payouts_payout_pkey on payouts_payout" in found
        assert "using payout_due" not in found

    def test_reads_a_history_in_the_order_of_its_index(self) -> None:
        with patch.object(reads, "query", wraps=query) as asked:
            reads.DatabaseReads().history(payout_id=_some_id(), size=100, position=None)
        [call] = asked.call_args_list
        assert "using event_by_payout" in custom_plan(*call.args)

    @pytest.mark.parametrize("event_type", [None, *ClientEventType])
    def test_reads_events_from_their_index_and_payouts_by_id(
        self, event_type: ClientEventType | None
    ) -> None:
        with patch.object(client_events, "query", wraps=query) as asked:
            DatabaseClientEvents().page(
                after=EventPosition(0, 2_500), size=20, event_type=event_type
            )
        [call] = asked.call_args_list
        found = generic_plan(*call.args)
        assert "using event_by_type on payouts_event" in found
        assert "using payouts_payout_pkey on payouts_payout" in found
        assert "Seq Scan" not in found

    def test_reads_statistics_without_reading_all_payouts(self) -> None:
        with patch.object(statistics, "query", wraps=query) as asked:
            statistics.DatabaseStatistics().current()
        [call] = asked.call_args_list
        found = custom_plan(*call.args)
        assert "Seq Scan on payouts_payout" not in found
        assert {"payout_due", "payout_needs_review"} <= set(re.findall(r"using (\w+)", found))

    def test_has_no_index_for_patterns_that_no_query_uses(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = 'payouts_payout'"
                " AND indexdef LIKE '%varchar_pattern_ops%'"
            )
            assert cursor.fetchall() == []


def _some_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM payouts_payout")
        return int(cursor.fetchone()[0])
