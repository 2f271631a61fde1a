"""The ledger's tables, and transfers as rows of them."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from sandbox_bank.transfer import Transfer, TransferOrder, TransferStatus

# tries counts the postings of a reference, those too that were not accepted.
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS transfers (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    agent TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ACSC', 'RJCT')),
    reason TEXT,
    final_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tries (
    reference TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) WITHOUT ROWID;
"""

# One of these: a bank keeps keys, or it does not.
ONE_PER_REFERENCE: Final = """
CREATE UNIQUE INDEX IF NOT EXISTS one_per_reference ON transfers (reference);
"""
MANY_PER_REFERENCE: Final = """
DROP INDEX IF EXISTS one_per_reference;
CREATE INDEX IF NOT EXISTS by_reference ON transfers (reference);
"""


def count_try(connection: sqlite3.Connection, reference: str) -> int:
    connection.execute(
        "INSERT INTO tries VALUES (?, 1) ON CONFLICT (reference) DO UPDATE SET count = count + 1",
        (reference,),
    )
    query = "SELECT count FROM tries WHERE reference = ?"
    return int(connection.execute(query, (reference,)).fetchone()["count"])


def find(connection: sqlite3.Connection, reference: str) -> Transfer | None:
    query = "SELECT * FROM transfers WHERE reference = ? ORDER BY number DESC LIMIT 1"
    row = connection.execute(query, (reference,)).fetchone()
    return None if row is None else read_row(row)


def find_settled(connection: sqlite3.Connection) -> Sequence[Transfer]:
    query = "SELECT * FROM transfers WHERE outcome = ? AND final_at <= ? ORDER BY number"
    parameters = (TransferStatus.SETTLED, timestamp(datetime.now(UTC)))
    return [read_row(row) for row in connection.execute(query, parameters)]


def insert(connection: sqlite3.Connection, transfer: Transfer) -> None:
    order = transfer.order
    connection.execute(
        "INSERT INTO transfers (id, reference, amount, currency, name, account, agent,"
        " outcome, reason, final_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            transfer.id,
            order.reference,
            f"{order.amount:f}",
            order.currency,
            order.name,
            order.account,
            order.agent,
            transfer.outcome,
            transfer.reason,
            timestamp(transfer.final_at),
        ),
    )


def read_row(row: sqlite3.Row) -> Transfer:
    return Transfer(
        id=row["id"],
        order=TransferOrder(
            reference=row["reference"],
            amount=Decimal(row["amount"]),
            currency=row["currency"],
            name=row["name"],
            account=row["account"],
            agent=row["agent"],
        ),
        outcome=TransferStatus(row["outcome"]),
        reason=row["reason"],
        final_at=datetime.fromisoformat(row["final_at"]),
    )


def timestamp(moment: datetime) -> str:
    # Of one length and in one zone, so that SQLite can compare them as texts.
    return moment.isoformat(timespec="microseconds")
