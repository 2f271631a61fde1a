"""Fills a database: COPY with triggers and keys asleep, indexes made afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from time import monotonic
from typing import LiteralString

from psycopg import Connection, sql

from benchmarks.data import (
    EVENT_COLUMNS,
    PAYOUT_COLUMNS,
    RECIPIENT_COLUMNS,
    RECIPIENTS,
    Book,
)
from benchmarks.databases import Database
from benchmarks.screen import say

_BATCH = 2_000
_TELL_SECONDS = 10.0
# A superuser's: no trigger and no foreign key is asked. What is copied is checked by the tests.
_ASLEEP = "SET session_replication_role = replica"
_MEMORY = "SET maintenance_work_mem = '1GB'"

# Primary keys stay: the rows come in their order.
_CONSTRAINTS = """
SELECT conname, format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %(table)s::text, conname,
    pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'u'
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %(table)s::regclass AND NOT indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_COUNT_ON = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")


def fill(database: Database, book: Book) -> None:
    """Put the book's recipients, payouts and events into empty tables."""
    started = monotonic()
    say(f"loading {book.payouts:,} payouts ...")
    with database.connect() as connection:
        for setting in (_ASLEEP, _MEMORY):
            connection.execute(setting)
        _copy(connection, "payouts_recipient", RECIPIENT_COLUMNS, book.recipients(), RECIPIENTS)
        with _without_indexes(connection, "payouts_payout"):
            lines = book.payout_lines()
            _copy(connection, "payouts_payout", PAYOUT_COLUMNS, lines, book.payouts)
        with _without_indexes(connection, "payouts_event"):
            # All but the newest have three.
            lines = book.event_lines()
            _copy(connection, "payouts_event", EVENT_COLUMNS, lines, 3 * book.payouts)
        for table in ("payouts_recipient", "payouts_payout"):
            connection.execute(_COUNT_ON.format(sql.Literal(table), sql.Identifier(table)))
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        connection.execute("CHECKPOINT")
    say(f"loaded {book.payouts:,} payouts in {monotonic() - started:.0f} s")


def _copy(
    connection: Connection, table: str, columns: LiteralString, lines: Iterator[str], expected: int
) -> None:
    started = told = monotonic()
    count = 0
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(columns))
    with connection.cursor().copy(command) as copy:
        for batch in batched(lines, _BATCH):
            copy.write("".join(batch))
            count += len(batch)
            if (now := monotonic()) - told > _TELL_SECONDS:
                told = now
                rate = count / (now - started)
                left_seconds = (expected - count) / rate
                say(f"{table}: {count:,} of {expected:,}, {rate:,.0f}/s, {left_seconds:.0f} s left")


@contextmanager
def _without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """Take the table's indexes and unique keys away, and make them anew when it is full."""
    names = {"table": table}
    constraints = connection.execute(_CONSTRAINTS, names).fetchall()
    indexes = connection.execute(_INDEXES, names).fetchall()
    for name, _ in constraints:
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    started = monotonic()
    for _, statement in [*constraints, *indexes]:
        connection.execute(sql.SQL(statement))
    if (seconds := monotonic() - started) > _TELL_SECONDS:
        say(f"{table}: {len(constraints) + len(indexes)} indexes in {seconds:.0f} s")
