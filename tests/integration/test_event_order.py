"""Transaction ids of events: those of older versions, and those of another server."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from tests.contract.worlds import DatabaseWorld
from tests.event_horizon import wait_until_shown
from tests.service import Service
from tests.unit.samples import a_request

from payouts.adapters.database.client_events import START, DatabaseClientEvents
from payouts.adapters.database.event_order import continue_event_order
from payouts.domain.payout import Payout
from payouts.domain.recipient import Recipient

pytestmark = pytest.mark.usefixtures("database")

MIGRATION = import_module("payouts.adapters.database.migrations.0013_event_transaction_ids")


def execute(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def recipient() -> Recipient:
    return DatabaseWorld().make_recipient()


@pytest.fixture(autouse=True)
def _without_offset() -> Any:
    yield
    execute(MIGRATION.SET_NO_OFFSET)


def add(recipient: Recipient, key: str) -> Payout:
    made = DatabaseWorld().payouts.add(a_request(key, recipient=recipient), actor="ursula")
    assert made
    return made


def payouts_after(position: Any) -> list[int]:
    wait_until_shown()
    page = DatabaseClientEvents().page(after=position, size=100)
    return [message.data.payout_id for message in page.messages]


def move_to_a_server_that_counts_from_lower_ids() -> None:
    """Give the stored events the ids that a server gives later."""
    execute("ALTER TABLE payouts_event DISABLE TRIGGER USER")
    execute("UPDATE payouts_event SET transaction_id = transaction_id + 5000000")
    execute("ALTER TABLE payouts_event ENABLE TRIGGER USER")


class TestMigration:
    def test_puts_existing_events_first_in_the_order_of_their_ids(
        self, recipient: Recipient
    ) -> None:
        execute(MIGRATION.DROP_COLUMN)
        older = [add(recipient, f"key-number-{number}").id for number in range(3)]

        execute(MIGRATION.ADD_COLUMN)
        execute("CREATE INDEX event_by_type ON payouts_event (type, transaction_id, id)")

        newer = add(recipient, "key-number-3").id
        assert payouts_after(None) == [*older, newer]
        assert execute("SELECT count(*) FROM payouts_event WHERE transaction_id = 0") == [(3,)]


class TestEventOrder:
    def test_stays_as_it_is_on_the_same_server(self, recipient: Recipient) -> None:
        assert not continue_event_order()
        add(recipient, "key-number-1")
        assert not continue_event_order()

    def test_goes_on_after_a_restore_to_another_server(self, recipient: Recipient) -> None:
        first, second = (add(recipient, f"key-number-{number}").id for number in range(2))
        move_to_a_server_that_counts_from_lower_ids()
        assert payouts_after(None) == []

        assert continue_event_order()

        events = DatabaseClientEvents()
        seen = events.page(after=None, size=1)
        assert [message.data.payout_id for message in seen.messages] == [first]
        third = add(recipient, "key-number-2").id
        assert payouts_after(seen.end) == [second, third]
        assert payouts_after(None) == [first, second, third]
        assert not continue_event_order()

    def test_puts_new_events_after_those_that_a_restore_lost(self, recipient: Recipient) -> None:
        kept = add(recipient, "key-number-1").id
        wait_until_shown()
        lost = DatabaseClientEvents().end()

        assert continue_event_order(is_restored=True)

        added = add(recipient, "key-number-2").id
        assert payouts_after(lost) == [added]
        assert payouts_after(START) == [kept, added]

    def test_is_continued_by_a_command_while_the_service_runs(self, service: Service) -> None:
        kept = service.make_payout()["id"]
        service.wait_for(kept, "COMPLETED")
        wait_until_shown()
        lost = service.user.get("/api/events/").json()["next"]

        result = service.run("migrate", "--restored")

        assert (result.returncode, result.stderr) == (0, "")
        assert "New events go on after" in result.stdout
        added = service.make_payout()["id"]
        service.wait_for(added, "COMPLETED")
        wait_until_shown()
        results = service.user.get(lost).json()["results"]
        assert [event["payout_id"] for event in results] == [added] * 3
