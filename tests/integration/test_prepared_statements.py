"""Statements are prepared once per connection, and survive a migration that adds columns."""

from collections.abc import Iterator

import pytest
from django.db import connection
from tests.contract.worlds import DatabaseWorld
from tests.unit.samples import a_request

from payouts.adapters.database.reads import DatabaseReads
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.adapters.database.reconciliation_reads import DatabaseReconciliationReads
from payouts.application.read_models import PageQuery
from payouts.domain.history import EventType, HistoryEntry


def run(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def use_all(key: str) -> None:
    world, reads = DatabaseWorld(), DatabaseReads()
    recipient = world.make_recipient()
    made = world.payouts.add(a_request(key, recipient=recipient), actor="ursula")
    assert made
    world.payouts.find_existing(
        idempotency_key=made.order.idempotency_key, recipient_id=recipient.id
    )
    world.payouts.get(payout_id=made.id)
    world.payouts.find_by_reference(made.order.reference)
    claim = world.payouts.claim(payout_id=made.id, lease_seconds=30)
    assert claim
    entry = HistoryEntry(event=EventType.COMPLETED, actor="system")
    assert world.payouts.save(before=claim.payout, after=claim.payout.complete(), entry=entry)
    world.payouts.append_history(
        payout=made, entry=HistoryEntry(event=EventType.LATE_ANSWER, actor="system")
    )
    reads.version()
    assert reads.one(payout_id=made.id).status == "COMPLETED"
    assert len(reads.history(payout_id=made.id, size=10, position=None).rows) == 4
    _, page = reads.page(PageQuery(size=20))
    assert made.id in [row.id for row in page.rows]
    assert DatabaseRecipients().page(size=20, position=None).rows
    assert DatabaseReconciliationReads().find_by_references([made.order.reference])


@pytest.fixture
def wider_tables(unattended_database: None) -> Iterator[None]:
    """Columns that the next release of the service brings while this one is still running."""
    use_all("key-number-1")
    tables = ("payouts_payout", "payouts_event", "payouts_recipient")
    for table in tables:
        run(f"ALTER TABLE {table} ADD COLUMN of_a_test integer")
    yield
    for table in tables:
        run(f"ALTER TABLE {table} DROP COLUMN of_a_test")


class TestStatements:
    def test_are_prepared_once(self, unattended_database: None) -> None:
        for number in range(3):
            use_all(f"key-number-{number}")
        [(prepared, statements)] = run(
            "SELECT count(*), count(DISTINCT statement) FROM pg_prepared_statements"
            " WHERE statement LIKE '%payouts_payout%'"
        )
        assert prepared == statements > 5

    def test_still_work_after_a_migration_adds_columns(self, wider_tables: None) -> None:
        use_all("key-number-2")
