"""How PostgreSQL goes about what it is asked, before it has ever looked at a table's size."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from payouts.adapters.database import reads, statements
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
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


class TestPlan:
    @pytest.mark.parametrize("wanted", PAGES.values(), ids=PAGES)
    def test_reads_a_page_in_the_order_of_an_index(
        self, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[str, dict[str, Any]]] = []

        def note(sql: str, parameters: dict[str, Any]) -> Any:
            asked.append((sql, parameters))
            return query(sql, parameters)

        monkeypatch.setattr(reads, "query", note)
        reads.DatabaseReads().page(PageQuery(size=20, **wanted))
        [statement] = asked
        assert "on payouts_payout" in plan(*statement)
        assert "Seq Scan on payouts_payout" not in plan(*statement)
        assert "Bitmap" not in plan(*statement)

    @pytest.mark.parametrize("sql", [statements.DUE, statements.STRANDED], ids=["due", "stranded"])
    def test_reads_what_waits_in_the_order_of_an_index(self, sql: str) -> None:
        found = plan(sql, {"limit": 500, "ring_again_seconds": 30.0})
        assert "Index Scan using payout_" in found
        assert "Sort" not in found

    def test_has_no_index_that_is_only_written_to(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = 'payouts_payout'"
                " AND indexdef LIKE '%varchar_pattern_ops%'"
            )
            assert cursor.fetchall() == []
