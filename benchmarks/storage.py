"""The bytes that a payout takes on disk: `python -m benchmarks.storage`, with the stores up.

Rows and indexes are those of a database that was filled at once. The write-ahead log (WAL) is that
of payouts which web and worker process. The first change of each page after a checkpoint logs the
whole page, so it is measured twice: right after a checkpoint, and later.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from time import monotonic, sleep

import click

from benchmarks.client import Client, new_payouts
from benchmarks.load import find_load_generator
from benchmarks.run import filled_database
from benchmarks.sample_payouts import MIN_PAYOUTS, SamplePayouts
from benchmarks.servers import Database, flush_redis, reserved_redis_database
from benchmarks.services import bank, web, worker

_TABLES = ("payouts_payout", "payouts_event")
_WAL_POSITION = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
_WAIT_SECONDS = 120


@click.command()
@click.option("--payouts", type=click.IntRange(MIN_PAYOUTS), default=200_000, show_default=True)
@click.option("--seconds", type=click.IntRange(1), default=5, show_default=True, help="Of POSTs.")
@click.option("--redis-database", default=15, show_default=True, help="Must be empty; is flushed.")
def main(payouts: int, seconds: int, redis_database: int) -> None:
    """Print the bytes of a payout: its row, its events, their indexes and its share of the WAL."""
    sample = SamplePayouts(payouts, until=datetime.now(UTC))
    with reserved_redis_database(redis_database), filled_database("storage", sample) as database:
        click.echo(f"{payouts:,} payouts loaded, bytes a payout:")
        for line in _sizes(database, payouts):
            click.echo(line)
        click.echo("\nbytes of WAL a payout, created and processed:")
        with database.connect() as connection:
            connection.execute("CHECKPOINT")
        for when in ("after a checkpoint", "later"):
            created, written = _process(database, seconds)
            click.echo(f"  {written / created:8.0f}  {when} ({created:,} payouts)")


def _sizes(database: Database, payouts: int) -> Iterator[str]:
    total = 0.0
    for table in _TABLES:
        rows = database.value("SELECT pg_table_size(%s)", table) / payouts
        indexes = database.value("SELECT pg_indexes_size(%s)", table) / payouts
        total += rows + indexes
        yield f"  {rows + indexes:8.0f}  {table}: rows {rows:.0f}, indexes {indexes:.0f}"
    yield f"  {total:8.0f}  in all"


def _process(database: Database, seconds: int) -> tuple[int, int]:
    """Create and process payouts; return how many, and the bytes of WAL written meanwhile."""
    completed_before, position_before = database.count("COMPLETED"), database.value(_WAL_POSITION)
    open_before = database.count("NEW", "PROCESSING")
    with ExitStack() as stack:
        environment = {
            **database.environment,
            "BANK_URL": stack.enter_context(bank(delay_seconds=0)).url,
        }
        served = stack.enter_context(web(**environment))
        stack.enter_context(worker(**environment))
        client = Client.of(served, **environment)
        templates = [new_payouts(client.create_recipient())]
        sent = find_load_generator().send(
            client.url, templates, token=client.token, seconds=seconds
        )
        assert not sent.failed, sent
        ends_at = monotonic() + _WAIT_SECONDS
        while database.count("NEW", "PROCESSING") > open_before and monotonic() < ends_at:
            sleep(0.5)
    flush_redis()
    created = database.count("COMPLETED") - completed_before
    return created, int(database.value(_WAL_POSITION) - position_before)


if __name__ == "__main__":
    main()
