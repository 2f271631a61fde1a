"""Shows how a backlog of overdue payouts is requeued and processed while the bank is slow.

A program of its own: it has no floor and no target. docs/performance.md says how to run it.
"""

from time import monotonic, sleep

import click

from benchmarks.servers import (
    Database,
    redis_connection,
    reserved_redis_database,
    temporary_database,
)
from benchmarks.services import BankServer, bank, beat, worker

# With the prefix of the service's messages.
_QUEUE = "payouts:payouts"
_POSITIVE = click.IntRange(1)
_RECIPIENT = """
INSERT INTO payouts_recipient (id, type, name, account_number, bank_code, country, is_active,
    external_id, created_at, updated_at)
VALUES (1, 'INDIVIDUAL', 'Ann Example', '0001-0001', '', '', true, '', now(), now())
"""
_PAYOUTS = """
INSERT INTO payouts_payout (reference, idempotency_key, recipient_id, amount, currency, minor_units,
    metadata, remittance_information, recipient_name_snapshot, account_number_snapshot,
    bank_code_snapshot, status, failure_code, failure_reason, needs_review, attempt, open_attempts,
    deferral, pending_count, next_attempt_at, next_enqueue_at, created_at, updated_at)
SELECT md5(number::text), 'overdue-' || number, 1, 10, 'EUR', 2, '{}', '', 'Ann Example',
    '0001-0001', '', 'NEW', '', '', false, 0, 0, '', 0, now() - interval '1 minute',
    now() - interval '1 minute', now() - interval '1 minute', now() - interval '1 minute'
FROM generate_series(1, %s) AS number
"""
_HEADINGS = ("seconds", "in queue", "requeue rows", "processing", "completed", "a second")


@click.command()
@click.option("--payouts", "count", type=_POSITIVE, default=20_000, show_default=True)
@click.option("--seconds", type=_POSITIVE, default=120, show_default=True, help="To watch.")
@click.option("--every", type=_POSITIVE, default=5, show_default=True, help="Seconds.")
@click.option("--bank-seconds", default=1.0, show_default=True, help="The bank takes.")
@click.option("--redis-database", default=15, show_default=True, help="Must be empty; is flushed.")
def main(*, count: int, seconds: int, every: int, bank_seconds: float, redis_database: int) -> None:
    """Print every few seconds what waits in Redis and in payouts_requeue, and what is done."""
    with reserved_redis_database(redis_database), temporary_database("requeue") as database:
        with database.connect() as connection:
            connection.execute(_RECIPIENT)
            connection.execute(_PAYOUTS, (count,))
            connection.execute("VACUUM (ANALYZE)")
        with bank(delay_seconds=bank_seconds) as server:
            environment = {**database.environment, "BANK_URL": server.url}
            with worker(**environment), beat(**environment):
                _watch(database, seconds, every)
            _show_faults(database, server)


def _watch(database: Database, seconds: int, every: int) -> None:
    print("".join(f"{heading:>14}" for heading in _HEADINGS))
    started, before = monotonic(), 0
    while (passed := monotonic() - started) < seconds:
        completed = database.count("COMPLETED")
        figures = (
            round(passed),
            _queue_length(),
            database.value("SELECT count(*) FROM payouts_requeue"),
            database.count("PROCESSING"),
            completed,
            round((completed - before) / every),
        )
        print("".join(f"{figure:>14,}" for figure in figures), flush=True)
        before = completed
        sleep(every)


def _queue_length() -> int:
    with redis_connection() as redis:
        return int(redis.llen(_QUEUE))


def _show_faults(database: Database, server: BankServer) -> None:
    faults = {
        "payouts FAILED": database.count("FAILED"),
        "payouts were sent to the bank twice": server.repeated(),
    }
    for what, number in faults.items():
        print(f"{number:,} {what}")


if __name__ == "__main__":
    main()
