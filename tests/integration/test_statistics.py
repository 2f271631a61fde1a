"""The counters that triggers keep, against counts of the table itself."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection, transaction
from tests.contract.worlds import DatabaseWorld
from tests.event_horizon import wait_until_shown
from tests.payout_rows import fill_payouts
from tests.running import eventually
from tests.unit.samples import a_request, money
from tests.webhook_rows import claim, complete, fan_out, make_endpoint, make_payouts, record

from payouts.adapters.database import statistics
from payouts.adapters.database.statistics import DatabaseStatistics
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.domain.client_events import ClientEventType
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Failure, Payout
from payouts.domain.status import PayoutStatus

pytestmark = pytest.mark.usefixtures("no_workers", "database")

TODAY = datetime.now(UTC).date()
COMPLETED = HistoryEntry(event=EventType.COMPLETED, actor="system")
FAILED = HistoryEntry(event=EventType.FAILED, actor="system")
DELETED = HistoryEntry(event=EventType.DELETED, actor="stefan")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def counted() -> Counter[tuple[str, str]]:
    """Return what the triggers have counted, without zeros."""
    counts = DatabaseStatistics().current().counts
    return Counter(
        {(each.status.value, each.currency): each.count for each in counts if each.count}
    )


def in_table() -> Counter[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, currency, count(*) FROM payouts_payout WHERE deleted_at IS NULL"
            " GROUP BY status, currency"
        )
        return Counter({(status, currency): count for status, currency, count in cursor.fetchall()})


def add(number: int = 1, amount: str = "10") -> Payout:
    world = DatabaseWorld()
    key, recipient = f"key-number-{number}", world.make_recipient()
    request = a_request(key, recipient=recipient, money=money(amount))
    made = world.payouts.add(request, actor="ursula")
    assert made
    return made


def end(payout: Payout, entry: HistoryEntry) -> None:
    payouts = DatabaseWorld().payouts
    claim = payouts.claim(payout_id=payout.id, lease_seconds=30)
    assert claim
    before = claim.payout
    after = before.complete() if entry is COMPLETED else before.fail(Failure("AC01", "closed"))
    assert payouts.save(before=before, after=after, entry=entry)


class TestCounts:
    def test_are_empty_without_payouts(self) -> None:
        current = DatabaseStatistics().current()
        assert (current.counts, current.oldest_due_seconds, current.needs_review) == ([], 0, 0)

    def test_follow_each_change_of_a_payout(self) -> None:
        payout = add()
        assert counted() == {("NEW", "USD"): 1}
        assert DatabaseWorld().payouts.claim(payout_id=payout.id, lease_seconds=0)
        assert counted() == {("PROCESSING", "USD"): 1}
        end(payout, COMPLETED)
        assert counted() == {("COMPLETED", "USD"): 1}

    def test_leave_out_deleted_payouts(self) -> None:
        payout = add()
        deleted = payout.delete()
        assert DatabaseWorld().payouts.save(before=payout, after=deleted, entry=DELETED)
        assert counted() == {}

    def test_follow_raw_sql(self) -> None:
        for number in range(10):
            add(number)
        run("UPDATE payouts_payout SET status = 'PROCESSING' WHERE id % 2 = 0")
        run("UPDATE payouts_payout SET status = 'FAILED', next_attempt_at = NULL WHERE id % 3 = 0")
        run("UPDATE payouts_payout SET deleted_at = now(), next_attempt_at = NULL WHERE id % 5 = 0")
        assert counted() == in_table()
        assert len(counted()) == 3

    def test_are_exact_while_many_write_and_some_roll_back(self) -> None:
        def write(seed: int) -> None:
            for number in range(8):
                payout = add(seed * 100 + number)
                if number % 4:
                    end(payout, COMPLETED if number % 2 else FAILED)
                with transaction.atomic():
                    run(
                        "UPDATE payouts_payout SET status = 'PROCESSING' WHERE status = 'NEW'"
                        f" AND id = {payout.id}"
                    )
                    transaction.set_rollback(True)
            connection.close()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, range(8)))

        assert counted() == in_table()
        assert counted().total() == 64


class TestDailyTotals:
    def test_add_what_ended_today(self) -> None:
        end(add(1, "10.50"), COMPLETED)
        end(add(2, "0.25"), COMPLETED)
        end(add(3, "7"), FAILED)
        add(4)
        completed, failed = DatabaseStatistics().daily_totals(since=TODAY)
        assert (completed.day, completed.status) == (TODAY, PayoutStatus.COMPLETED)
        assert (completed.currency, completed.count) == ("USD", 2)
        assert completed.amount == Decimal("10.75")
        assert (failed.status, failed.count, failed.amount) == (PayoutStatus.FAILED, 1, 7)

    def test_begin_with_the_day_that_is_asked_for(self) -> None:
        end(add(), COMPLETED)
        assert DatabaseStatistics().daily_totals(since=TODAY + timedelta(days=1)) == []


class TestFill:
    @pytest.fixture(autouse=True)
    def older_payouts(self, database: None) -> None:
        """Payouts that no trigger has counted, and one of each kind that a trigger has."""
        fill_payouts(300)
        run("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        run("UPDATE payouts_payout SET completed_at = created_at WHERE status = 'COMPLETED'")
        run("ALTER TABLE payouts_payout ENABLE TRIGGER USER")
        add(901)
        end(add(902, "3"), COMPLETED)
        end(add(903), FAILED)

    def fill(self) -> None:
        name = "payouts.adapters.database.migrations.0018_fill_statistics"
        [operation] = import_module(name).Migration.operations
        for statement in operation.sql:
            run(statement)

    def test_counts_each_payout_once(self) -> None:
        assert counted() != in_table()
        self.fill()
        assert counted() == in_table()
        assert sum(each.count for each in self.totals()) == 299

    def test_may_be_repeated(self) -> None:
        self.fill()
        before = (counted(), self.totals())
        self.fill()
        assert (counted(), self.totals()) == before

    def totals(self) -> list[object]:
        return list(DatabaseStatistics().daily_totals(since=TODAY - timedelta(days=400)))


class TestBacklog:
    def test_counts_events_and_deliveries_that_wait_for_each_endpoint(self) -> None:
        endpoint = make_endpoint()
        disabled = make_endpoint(ClientEventType.CREATED)
        DatabaseEndpoints().change(endpoint_id=disabled.id, changes={"is_enabled": False})
        for payout in make_payouts(3):
            complete(payout)
        fan_out(endpoint.id, size=5)
        record(claim(endpoint.id, limit=4), 500, 204, 204, 204)
        first, second = DatabaseStatistics().current().webhooks
        assert (first.endpoint_id, first.is_enabled, first.waiting) == (endpoint.id, True, 6)
        assert (second.endpoint_id, second.is_enabled, second.waiting) == (disabled.id, False, 3)
        eventually(
            lambda: all(each.oldest_seconds for each in DatabaseStatistics().current().webhooks)
        )

    def test_is_nothing_for_an_endpoint_that_has_everything(self) -> None:
        endpoint = make_endpoint()
        make_payouts()
        fan_out(endpoint.id)
        record(claim(endpoint.id), 204)
        [backlog] = DatabaseStatistics().current().webhooks
        assert (backlog.waiting, backlog.oldest_seconds) == (0, 0)

    def test_is_counted_up_to_a_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make_endpoint()
        make_payouts(3)
        wait_until_shown()
        monkeypatch.setattr(statistics, "_CURRENT", statistics._CURRENT.replace("1000", "2"))
        [backlog] = DatabaseStatistics().current().webhooks
        assert backlog.waiting == 2

    def test_leaves_out_removed_endpoints(self) -> None:
        endpoint = make_endpoint()
        DatabaseEndpoints().remove(endpoint_id=endpoint.id)
        assert DatabaseStatistics().current().webhooks == []
