"""What a payout takes on disk: `python -m benchmarks.model.storage` with the stores up.

Rows and indexes are those of a database that is filled at once. The log that PostgreSQL writes
(WAL) is that of payouts which web and worker bring to their end. After a checkpoint the first
change of each page writes the whole page.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep

import click
from psycopg import sql

from benchmarks.client import Client, new_payouts
from benchmarks.data import MIN_PAYOUTS, Book
from benchmarks.databases import Database, forget_messages, make_database
from benchmarks.filling import fill
from benchmarks.load import Load
from benchmarks.processes import bank, web, worker
from benchmarks.wrk import Wrk

_TABLES = ("payouts_payout", "payouts_event")
_SIZES = sql.SQL("SELECT pg_table_size(%s), pg_indexes_size(%s)")
_WRITTEN = sql.SQL("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of rows and of indexes, by table."""

    rows: dict[str, int]
    indexes: dict[str, int]

    @classmethod
    def of(cls, database: Database) -> "Sizes":
        rows, indexes = {}, {}
        with database.connect() as connection:
            for table in _TABLES:
                found = connection.execute(_SIZES, (table, table)).fetchone()
                assert found
                rows[table], indexes[table] = found
        return cls(rows, indexes)

    @property
    def total(self) -> int:
        return sum(self.rows.values()) + sum(self.indexes.values())


@click.command()
@click.option("--payouts", type=click.IntRange(MIN_PAYOUTS), default=200_000, show_default=True)
@click.option("--seconds", type=click.IntRange(1), default=5, show_default=True, help="Of POSTs.")
def main(payouts: int, seconds: int) -> None:
    """Tell how many bytes a payout takes, with its events, its indexes and its share of the log."""
    database = make_database("bench_storage")
    fill(database, Book(payouts, until=datetime.now(UTC)))
    filled = Sizes.of(database)
    for line in _filled(filled, payouts):
        click.echo(line)
    click.echo("\nbytes of the log a payout, made and processed:")
    for checkpoint in (True, False):
        made, written = _live(database, seconds, checkpoint=checkpoint)
        when = "after a checkpoint" if checkpoint else "later"
        click.echo(f"  {written / made:8.0f}  {when} ({made:,} payouts)")


def _filled(sizes: Sizes, payouts: int) -> Iterator[str]:
    yield f"{payouts:,} payouts filled at once, bytes a payout:"
    for table in _TABLES:
        rows, indexes = sizes.rows[table] / payouts, sizes.indexes[table] / payouts
        yield f"  {rows + indexes:8.0f}  {table}: rows {rows:.0f}, indexes {indexes:.0f}"
    yield f"  {sizes.total / payouts:8.0f}  in all"


def _live(database: Database, seconds: int, *, checkpoint: bool) -> tuple[int, int]:
    """Have payouts made and processed; return how many, and the bytes that were logged."""
    if checkpoint:
        with database.connect() as connection:
            connection.execute("CHECKPOINT")
    made_before, written_before = database.count("COMPLETED"), database.ask(_WRITTEN)
    _make_and_process(database, seconds)
    made = database.count("COMPLETED") - made_before
    return made, int(database.ask(_WRITTEN) - written_before)


def _make_and_process(database: Database, seconds: int) -> None:
    forget_messages()
    open_before = database.count("NEW", "PROCESSING")
    with ExitStack() as stack:
        bank_address = stack.enter_context(bank(delay_seconds=0))
        environment = {**database.environment, "BANK_URL": bank_address.url}
        served = stack.enter_context(web(**environment))
        stack.enter_context(worker(**environment))
        service = Client.of(served, **environment)
        kind = new_payouts(service.make_recipient())
        sent = _load().send(service.url, [kind], token=service.token, seconds=seconds)
        assert not sent.failed, sent
        ends_at = monotonic() + _PATIENCE_SECONDS
        while database.count("NEW", "PROCESSING") > open_before and monotonic() < ends_at:
            sleep(0.5)
    forget_messages()


def _load() -> Load:
    if shutil.which("wrk"):
        return Wrk()
    from benchmarks.curl import Curl

    return Curl()


if __name__ == "__main__":
    main()
