"""The call-backs that nobody has received yet, as rows of the ledger.

A row is written with its transfer, in one transaction, and goes when the call-back was received:
a bank that dies in between sends once more, and never too little.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sandbox_bank.callback import Callback
from sandbox_bank.transfer import Transfer
from sandbox_bank.transfer_table import read_row, timestamp

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS callbacks (
    transfer_id TEXT PRIMARY KEY REFERENCES transfers (id),
    failures INTEGER NOT NULL,
    due_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS callbacks_by_due_at ON callbacks (due_at);
"""


def insert(connection: sqlite3.Connection, transfer: Transfer) -> None:
    parameters = (transfer.id, timestamp(transfer.final_at))
    connection.execute("INSERT INTO callbacks VALUES (?, 0, ?)", parameters)


def find_due(connection: sqlite3.Connection, *, limit: int) -> Sequence[Callback]:
    query = (
        "SELECT * FROM callbacks JOIN transfers ON transfers.id = transfer_id"
        " WHERE due_at <= ? ORDER BY due_at LIMIT ?"
    )
    rows = connection.execute(query, (timestamp(datetime.now(UTC)), limit))
    return [Callback(transfer=read_row(row), failures=row["failures"]) for row in rows]


def postpone(connection: sqlite3.Connection, callback: Callback, due_at: datetime) -> None:
    connection.execute(
        "UPDATE callbacks SET failures = failures + 1, due_at = ? WHERE transfer_id = ?",
        (timestamp(due_at), callback.transfer.id),
    )


def drop(connection: sqlite3.Connection, callback: Callback) -> None:
    connection.execute("DELETE FROM callbacks WHERE transfer_id = ?", (callback.transfer.id,))
