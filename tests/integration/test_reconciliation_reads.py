"""What reconciliation reads from PostgreSQL, and the times that it relies on."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models import F
from tests.contract.worlds import DatabaseWorld
from tests.payout_rows import fill_payouts
from tests.unit.samples import a_request

from payouts.adapters.database import reconciliation_reads
from payouts.adapters.database.models import Payout as PayoutRow
from payouts.adapters.database.reconciliation_reads import DatabaseReconciliationReads
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.payout import Payout
from payouts.domain.statement import Period
from payouts.domain.status import PayoutStatus

pytestmark = pytest.mark.usefixtures("database")

START = datetime(2026, 5, 1, tzinfo=UTC)
COMPLETED = HistoryEntry(event=EventType.COMPLETED, actor=SYSTEM_ACTOR)
RETURNED = HistoryEntry(event=EventType.RETURNED, actor=SYSTEM_ACTOR, reason="AC04")


def complete(world: DatabaseWorld, key: str, *, claim: bool = True) -> Payout:
    payout = world.payouts.add(a_request(key, recipient=world.make_recipient()), actor="ursula")
    assert payout
    if claim:
        claimed = world.payouts.claim(payout_id=payout.id, lease_seconds=30)
        assert claimed
        payout = claimed.payout
    else:
        payout = save(
            world, payout, payout.transition_to(PayoutStatus.PROCESSING), EventType.TAKEN_OVER
        )
    return save(world, payout, payout.complete(), EventType.COMPLETED)


def save(world: DatabaseWorld, before: Payout, after: Payout, event: EventType) -> Payout:
    saved = world.payouts.save(
        before=before, after=after, entry=HistoryEntry(event=event, actor=SYSTEM_ACTOR)
    )
    assert saved
    return saved


def set_completed(payout: Payout, at: datetime | None) -> None:
    PayoutRow.objects.filter(id=payout.id).update(completed_at=at)


def found(period: Period, **options: int) -> list[int]:
    reads = DatabaseReconciliationReads(**options)
    return [payout.id for payout in reads.completed(period)]


class TestCompletedAt:
    def test_is_set_with_the_status_and_kept_afterwards(self) -> None:
        world = DatabaseWorld()
        payout = complete(world, "key-number-1")
        row = PayoutRow.objects.get(id=payout.id)
        assert row.completed_at == row.updated_at == payout.updated_at
        save(world, payout, payout.delete(), EventType.DELETED)
        after = PayoutRow.objects.get(id=payout.id)
        assert after.completed_at == row.completed_at < after.updated_at

    def test_is_set_by_a_status_change_in_sql(self) -> None:
        world = DatabaseWorld()
        world.payouts.add(a_request(recipient=world.make_recipient()), actor="ursula")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE payouts_payout SET status='PROCESSING', next_attempt_at=NULL")
            cursor.execute("UPDATE payouts_payout SET status='COMPLETED'")
        assert PayoutRow.objects.get().completed_at

    def test_is_filled_from_the_history_by_the_migration(self) -> None:
        world = DatabaseWorld()
        kept, deleted, returned = (complete(world, f"key-number-{number}") for number in range(3))
        world.payouts.record_return(payout=returned, entry=RETURNED)
        expected = dict(PayoutRow.objects.values_list("id", "completed_at"))
        returned_at = PayoutRow.objects.get(id=returned.id).returned_at
        PayoutRow.objects.update(completed_at=None, returned_at=None)
        save(world, deleted, deleted.delete(), EventType.DELETED)

        migrations = "payouts.adapters.database.migrations"
        fill = import_module(f"{migrations}.0010_fill_completed_and_returned").fill
        with connection.schema_editor(atomic=False) as editor:
            fill(None, editor)

        assert dict(PayoutRow.objects.values_list("id", "completed_at")) == expected
        assert PayoutRow.objects.get(id=returned.id).returned_at == returned_at
        assert PayoutRow.objects.get(id=kept.id).returned_at is None


class TestCompleted:
    def test_yields_payouts_of_the_period_in_the_order_of_completion(self) -> None:
        world = DatabaseWorld()
        payouts = [complete(world, f"key-number-{number}") for number in range(5)]
        for hours, payout in zip((3, 1, 2, 0, 4), payouts, strict=True):
            set_completed(payout, START + timedelta(hours=hours))
        period = Period(START + timedelta(hours=1), START + timedelta(hours=4))
        expected = [payouts[1].id, payouts[2].id, payouts[0].id]
        assert found(period) == found(period, batch_size=1) == expected
        assert len(found(Period())) == len(found(Period(), batch_size=2)) == 5

    def test_yields_each_payout_that_completed_at_the_same_moment(self) -> None:
        world = DatabaseWorld()
        payouts = [complete(world, f"key-number-{number}") for number in range(5)]
        for payout in payouts:
            set_completed(payout, START)
        assert found(Period(since=START), batch_size=2) == [payout.id for payout in payouts]
        assert found(Period(until=START)) == []

    def test_yields_deleted_payouts_and_omits_those_never_claimed(self) -> None:
        world = DatabaseWorld()
        payout = complete(world, "key-number-1")
        save(world, payout, payout.delete(), EventType.DELETED)
        complete(world, "key-number-2", claim=False)
        assert found(Period()) == [payout.id]

    def test_reads_only_the_period_from_an_index(self) -> None:
        fill_payouts()
        PayoutRow.objects.filter(status="COMPLETED").update(completed_at=F("created_at"), attempt=1)
        day = {"after": START, "after_id": 0, "until": START + timedelta(days=1)}
        names = {name: f"${number}" for number, name in enumerate(day, 1)}
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE payouts_payout")
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            cursor.execute(
                "PREPARE asked (timestamptz, bigint, timestamptz) AS "
                f"{reconciliation_reads._COMPLETED.format(limit=1000) % names}"
            )
            cursor.execute("EXPLAIN EXECUTE asked (%s, %s, %s)", list(day.values()))
            plan = "\n".join(line for (line,) in cursor.fetchall())
            cursor.execute("DEALLOCATE asked; RESET plan_cache_mode")
        assert " payout_completed " in plan
        assert "Index Cond: ((ROW(completed_at, id) > ROW($1, $2)) AND (completed_at < $3))" in plan
