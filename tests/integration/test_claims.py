"""Claims by many workers at once, on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic

import psycopg
import pytest
from django.db import connection, transaction
from tests.contract.worlds import DatabaseWorld
from tests.running import eventually
from tests.unit.samples import a_request

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.errors import PayoutInFlightError
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Payout

pytestmark = pytest.mark.usefixtures("no_workers", "database")


def at_once[Answer](workers: int, work: Callable[[], Answer]) -> list[Answer]:
    """Run the work in threads at the same time, each with its own database connection."""
    barrier = Barrier(workers)

    def start(_: int) -> Answer:
        barrier.wait(10)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(start, range(workers)))


@pytest.fixture
def payout() -> Payout:
    world = DatabaseWorld()
    made = world.payouts.add(a_request(recipient=world.make_recipient()), actor="ursula")
    assert made
    return made


class TestClaim:
    def test_succeeds_for_one_of_many_workers(self, payout: Payout) -> None:
        claims = at_once(12, lambda: DatabasePayouts().claim(payout_id=payout.id, lease_seconds=30))
        assert [claim.payout.attempt for claim in claims if claim] == [1]
        assert DatabaseWorld().history(payout.id) == ["payout.created", "payout.claimed"]

    def test_is_recorded_by_one_of_many_workers(self, payout: Payout) -> None:
        claim = DatabasePayouts().claim(payout_id=payout.id, lease_seconds=30)
        assert claim
        entry = HistoryEntry(event=EventType.COMPLETED, actor="system")
        saved = at_once(
            8,
            lambda: DatabasePayouts().save(
                before=claim.payout, after=claim.payout.complete(), entry=entry
            ),
        )
        assert sum(bool(payout) for payout in saved) == 1
        assert DatabaseWorld().history(payout.id).count("payout.completed") == 1


class TestAdd:
    def test_stores_one_of_many_orders_with_one_key(self) -> None:
        recipient = DatabaseWorld().make_recipient()
        made = at_once(
            12, lambda: DatabasePayouts().add(a_request(recipient=recipient), actor="ursula")
        )
        assert sum(bool(payout) for payout in made) == 1


class TestAppendHistory:
    @pytest.mark.parametrize(
        ("append", "event"),
        [
            (DatabasePayouts.append_history, EventType.LATE_ANSWER),
            (DatabasePayouts.record_return, EventType.RETURNED),
        ],
    )
    def test_adds_equal_entries_of_many_callers_once(
        self, payout: Payout, database_url: str, append: Callable[..., None], event: EventType
    ) -> None:
        entry = HistoryEntry(event=event, actor="system", reason="AC04")

        def call() -> None:
            append(DatabasePayouts(), payout=payout, entry=entry)

        with ThreadPoolExecutor(1) as pool:
            with psycopg.connect(database_url) as holder:
                holder.execute("SELECT 1 FROM payouts_payout WHERE id = %s FOR UPDATE", [payout.id])
                appended = pool.submit(at_once, 4, call)
                eventually(lambda: waiting_sessions() == 4)
            appended.result()
        assert DatabaseWorld().history(payout.id) == ["payout.created", event.value]


class TestTakeOverdue:
    def test_returns_each_payout_to_one_of_many_callers(self) -> None:
        world = DatabaseWorld(DatabasePayouts(first_requeue_seconds=0))
        recipient = world.make_recipient()
        expected = set()
        for number in range(40):
            made = world.payouts.add(
                a_request(f"key-number-{number}", recipient=recipient), actor="ursula"
            )
            assert made
            expected.add(made.id)
        batches = at_once(4, take_overdue)
        named = [payout_id for batch in batches for payout_id in batch]
        assert len(named) == len(set(named))
        # A caller that waited for another's row gets none for it. The next call returns the rest.
        assert set(named) | set(take_overdue()) == expected


class TestLockedRow:
    @pytest.mark.parametrize("nowait", [True, False])
    def test_gives_in_flight_instead_of_a_wait(self, payout: Payout, nowait: bool) -> None:
        def save() -> str:
            entry = HistoryEntry(event=EventType.DELETED, actor="stefan")
            try:
                DatabasePayouts().save(
                    before=payout, after=payout.delete(), entry=entry, nowait=nowait
                )
            except PayoutInFlightError:
                return "in flight"
            return "saved"

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM payouts_payout WHERE id = %s FOR UPDATE", [payout.id])
            started = monotonic()
            assert at_once(1, save) == ["in flight"]
            assert (monotonic() - started < 1) is nowait


def waiting_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def take_overdue() -> list[int]:
    return list(DatabasePayouts().take_overdue(max_waiting=40, interval_seconds=30))
