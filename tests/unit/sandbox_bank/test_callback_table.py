import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.sandbox_bank.samples import a_transfer

from sandbox_bank import callback_table, transfer_table
from sandbox_bank.callback import Callback
from sandbox_bank.transfer import Transfer


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(transfer_table.SCHEMA + callback_table.SCHEMA)
        yield connection


def add(connection: sqlite3.Connection, *transfers: Transfer) -> None:
    for transfer in transfers:
        transfer_table.insert(connection, transfer)
        callback_table.insert(connection, transfer)


def due(connection: sqlite3.Connection, limit: int = 10) -> Sequence[Callback]:
    return callback_table.find_due(connection, limit=limit)


class TestCallbackTable:
    def test_finds_a_callback_once_its_transfer_has_ended(
        self, connection: sqlite3.Connection
    ) -> None:
        ended, pending = a_transfer(), a_transfer(reference="try-2", after_seconds=60)

        add(connection, ended, pending)

        assert due(connection) == [Callback(transfer=ended, failures=0)]

    def test_finds_first_what_has_waited_longest_and_no_more_than_asked_for(
        self, connection: sqlite3.Connection
    ) -> None:
        transfers = [a_transfer(reference=str(age), after_seconds=-age) for age in (2, 3, 1)]

        add(connection, *transfers)

        found = [callback.transfer.order.reference for callback in due(connection, limit=2)]
        assert found == ["3", "2"]

    def test_finds_a_callback_that_failed_when_its_time_has_come(
        self, connection: sqlite3.Connection
    ) -> None:
        add(connection, a_transfer())
        [callback] = due(connection)
        now = datetime.now(UTC)

        callback_table.postpone(connection, callback, now + timedelta(seconds=60))
        assert due(connection) == []
        callback_table.postpone(connection, callback, now)

        assert [callback.failures for callback in due(connection)] == [2]

    def test_forgets_what_is_dropped_and_nothing_else(self, connection: sqlite3.Connection) -> None:
        received, other = a_transfer(), a_transfer(reference="try-2")
        add(connection, received, other)

        callback_table.drop(connection, Callback(transfer=received))

        assert [callback.transfer for callback in due(connection)] == [other]
