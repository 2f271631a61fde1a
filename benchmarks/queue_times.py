"""Times the queue's statements by calling the service's own adapter; prints milliseconds as JSON.

A program of its own, for the database that the environment names. It claims and requeues the same
due payouts again and again, because their leases end at once and they are overdue at once.
"""

import json
import sys
from collections.abc import Callable
from itertools import cycle, islice
from statistics import median
from time import perf_counter

import django

BATCH_SIZE = 500
REQUEUES = 20
CLAIMS = 300


def main() -> None:
    django.setup()
    from django.db import connection

    from payouts.adapters.database.payouts import DatabasePayouts

    with connection.cursor() as cursor:
        # The wait for the disk is the same for all sizes and would hide the differences.
        cursor.execute("SET synchronous_commit = off")
    payouts = DatabasePayouts()
    due = list(islice(payouts.due(batch_size=BATCH_SIZE), BATCH_SIZE))
    assert len(due) == BATCH_SIZE, f"only {len(due)} payouts are due"
    ids = cycle(due)

    def claim() -> None:
        assert payouts.claim(payout_id=next(ids), lease_seconds=0)

    def requeue() -> None:
        taken = payouts.take_overdue(max_waiting=BATCH_SIZE, interval_seconds=0)
        assert len(taken) == BATCH_SIZE

    times = {"claim": _median_ms(claim, CLAIMS), "requeue": _median_ms(requeue, REQUEUES)}
    json.dump(times, sys.stdout)


def _median_ms(call: Callable[[], None], times: int) -> float:
    for _ in range(max(1, times // 10)):
        call()
    taken = []
    for _ in range(times):
        started = perf_counter()
        call()
        taken.append((perf_counter() - started) * 1000)
    return median(taken)


if __name__ == "__main__":
    main()
