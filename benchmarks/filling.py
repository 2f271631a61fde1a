"""Fills a database by COPY. Needs no more than the rights of the tables' owner."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import batched
from time import monotonic
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.errors import InsufficientPrivilege

from benchmarks import progress
from benchmarks.sample_payouts import (
    EVENT_COLUMNS,
    PAYOUT_COLUMNS,
    RECIPIENT_COLUMNS,
    RECIPIENTS,
    SamplePayouts,
)
from benchmarks.servers import Database

_BATCH = 2_000
_PROGRESS_SECONDS = 10.0
# Primary keys stay, because the rows come in their order.
_CONSTRAINTS = """
SELECT conname, format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %(table)s::text, conname,
    pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype IN ('u', 'f')
ORDER BY contype DESC
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %(table)s::regclass AND NOT indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_SET_SEQUENCE = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")


def fill(database: Database, sample: SamplePayouts) -> None:
    """Copy the sample's recipients, payouts and events into empty tables."""
    started = monotonic()
    progress.show(f"loading {sample.count:,} payouts ...")
    tables = (
        ("payouts_recipient", RECIPIENT_COLUMNS, sample.recipient_lines(), RECIPIENTS),
        ("payouts_payout", PAYOUT_COLUMNS, sample.payout_lines(), sample.count),
        # All but the newest payouts have three events.
        ("payouts_event", EVENT_COLUMNS, sample.event_lines(), 3 * sample.count),
    )
    with database.connect() as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        for table, columns, lines, expected in tables:
            with _without_indexes_and_triggers(connection, table):
                _copy(connection, table, columns, lines, expected)
        for table in ("payouts_recipient", "payouts_payout"):
            connection.execute(_SET_SEQUENCE.format(sql.Literal(table), sql.Identifier(table)))
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        with suppress(InsufficientPrivilege):
            connection.execute("CHECKPOINT")
    progress.show(f"loaded {sample.count:,} payouts in {monotonic() - started:.0f} s")


def _copy(
    connection: Connection, table: str, columns: LiteralString, lines: Iterator[str], expected: int
) -> None:
    started = shown = monotonic()
    count = 0
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(columns))
    with connection.cursor().copy(command) as copy:
        for batch in batched(lines, _BATCH):
            copy.write("".join(batch))
            count += len(batch)
            if (now := monotonic()) - shown > _PROGRESS_SECONDS:
                shown = now
                left_seconds = (expected - count) * (now - started) / count
                progress.show(f"{table}: {count:,} of {expected:,}, {left_seconds:.0f} s left")


@contextmanager
def _without_indexes_and_triggers(connection: Connection, table: str) -> Iterator[None]:
    """Drop indexes and keys and disable triggers; create and enable them again afterwards."""
    parameters = {"table": table}
    constraints = connection.execute(_CONSTRAINTS, parameters).fetchall()
    indexes = connection.execute(_INDEXES, parameters).fetchall()
    alter = sql.SQL("ALTER TABLE {} ").format(sql.Identifier(table))
    for name, _ in constraints:
        connection.execute(alter + sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    connection.execute(alter + sql.SQL("DISABLE TRIGGER USER"))
    yield
    started = monotonic()
    for _, statement in [*constraints, *indexes]:
        connection.execute(sql.SQL(statement))
    connection.execute(alter + sql.SQL("ENABLE TRIGGER USER"))
    if (seconds := monotonic() - started) > _PROGRESS_SECONDS:
        progress.show(f"{table}: {len(constraints) + len(indexes)} indexes in {seconds:.0f} s")
