"""Times the claim and the sweep by calling the service's own adapter; prints milliseconds as JSON.

A program of its own, in the database that the environment names. It claims and rings what is due
again and again, since its leases end at once and its rings are due at once.
"""

import json
import sys
from collections.abc import Callable
from itertools import cycle
from statistics import median
from time import perf_counter

import django

SWEEP_SIZE = 500
SWEEPS = 20
CLAIMS = 300


def main() -> None:
    django.setup()
    from django.db import connection

    from payouts.adapters.database.payouts import DatabasePayouts

    with connection.cursor() as cursor:
        # The wait for the disk is the same for all sizes, and would hide what is not.
        cursor.execute("SET synchronous_commit = off")
    payouts = DatabasePayouts(first_ring_seconds=0, ring_again_seconds=0)
    due = payouts.due(limit=SWEEP_SIZE)
    assert len(due) == SWEEP_SIZE, f"only {len(due)} are due"
    ids = cycle(due)

    def claim() -> None:
        assert payouts.claim(payout_id=next(ids), lease_seconds=0)

    def sweep() -> None:
        assert len(payouts.stranded(limit=SWEEP_SIZE)) == SWEEP_SIZE

    json.dump({"claim": _median_ms(claim, CLAIMS), "sweep": _median_ms(sweep, SWEEPS)}, sys.stdout)


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
