"""The ledger: one SQLite file with every transfer and every callback that is still to be sent.

Each method commits before it returns, and SQLite has then written the change to the file: `kill -9`
loses nothing. There is no fsync for each commit, so a power cut may lose the last seconds.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final
from uuid import uuid4

from sandbox_bank.transfer import Transfer, TransferOrder, TransferStatus

# Times are seconds of Unix time. callback_due_at is null if there is no callback to send.
_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS transfers (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    agent TEXT NOT NULL,
    remittance_information TEXT,
    final_status TEXT NOT NULL CHECK (final_status IN ('ACSC', 'RJCT')),
    final_reason TEXT,
    final_at REAL NOT NULL,
    callback_due_at REAL,
    callback_attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS transfers_by_reference ON transfers (reference);
CREATE INDEX IF NOT EXISTS transfers_by_callback ON transfers (callback_due_at)
    WHERE callback_due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS posts (
    reference TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) WITHOUT ROWID;
"""
_INSERT: Final = """
INSERT INTO transfers (id, reference, amount, currency, name, account, agent,
    remittance_information, final_status, final_reason, final_at, callback_due_at)
VALUES (:id, :reference, :amount, :currency, :name, :account, :agent,
    :remittance_information, :final_status, :final_reason, :final_at, :callback_due_at)
"""
_ORDER_COLUMNS: Final = [field.name for field in fields(TransferOrder)]


class Ledger:
    def __init__(self, path: Path, *, keeps_keys: bool, sends_callbacks: bool) -> None:
        """Open or create the file; raise OSError or sqlite3.Error if that is impossible."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without an isolation level, only record() opens a transaction of several statements.
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_SCHEMA)
        self._keeps_keys = keeps_keys
        self._sends_callbacks = sends_callbacks

    def close(self) -> None:
        self._connection.close()

    def count_post(self, reference: str) -> int:
        """Return how many POSTs of this reference have come, this one included."""
        statement = (
            "INSERT INTO posts VALUES (?, 1)"
            " ON CONFLICT (reference) DO UPDATE SET count = count + 1 RETURNING count"
        )
        # SQLite commits a statement when all its rows are read, hence fetchall.
        [row] = self._connection.execute(statement, (reference,)).fetchall()
        return int(row["count"])

    def record(
        self,
        order: TransferOrder,
        *,
        final_status: TransferStatus,
        final_reason: str | None,
        pending_seconds: float,
    ) -> tuple[Transfer, bool]:
        """Return the transfer of this reference, and whether it is new.

        A known reference is not recorded again, and its order may differ from this one. A ledger
        without idempotency keys records every order.
        """
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            known = self.find(order.reference) if self._keeps_keys else None
            if known is not None:
                return known, False
            transfer = Transfer(
                id=uuid4().hex,
                order=order,
                final_status=final_status,
                final_reason=final_reason,
                final_at=time.time() + pending_seconds,
            )
            self._insert(transfer, has_callback=self._sends_callbacks and pending_seconds > 0)
        return transfer, True

    def _insert(self, transfer: Transfer, *, has_callback: bool) -> None:
        row = {
            **asdict(transfer),
            **asdict(transfer.order),
            "callback_due_at": transfer.final_at if has_callback else None,
        }
        del row["order"]
        self._connection.execute(_INSERT, row)

    def find(self, reference: str) -> Transfer | None:
        """Return the newest transfer of the reference."""
        query = "SELECT * FROM transfers WHERE reference = ? ORDER BY number DESC LIMIT 1"
        row = self._connection.execute(query, (reference,)).fetchone()
        return None if row is None else _read_transfer(row)

    def find_settled(self) -> Sequence[Transfer]:
        """Return every transfer that moved money, oldest first."""
        query = "SELECT * FROM transfers WHERE final_status = ? AND final_at <= ? ORDER BY number"
        rows = self._connection.execute(query, (TransferStatus.SETTLED, time.time()))
        return [_read_transfer(row) for row in rows]

    def find_due_callbacks(self, *, limit: int) -> Sequence[tuple[Transfer, int]]:
        """Return transfers whose callback is due, with the number of failed attempts."""
        query = (
            "SELECT * FROM transfers WHERE callback_due_at <= ? ORDER BY callback_due_at LIMIT ?"
        )
        rows = self._connection.execute(query, (time.time(), limit))
        return [(_read_transfer(row), row["callback_attempts"]) for row in rows]

    def finish_callback_attempt(self, transfer_id: str, *, next_at: float | None) -> None:
        """Count an attempt and set the time of the next one; None if there is none."""
        self._connection.execute(
            "UPDATE transfers SET callback_due_at = ?, callback_attempts = callback_attempts + 1"
            " WHERE id = ?",
            (next_at, transfer_id),
        )


def _read_transfer(row: sqlite3.Row) -> Transfer:
    return Transfer(
        id=row["id"],
        order=TransferOrder(**{name: row[name] for name in _ORDER_COLUMNS}),
        final_status=TransferStatus(row["final_status"]),
        final_reason=row["final_reason"],
        final_at=row["final_at"],
    )
