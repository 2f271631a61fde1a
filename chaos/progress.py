"""How far a run is, read from the database and printed every few seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

import psycopg

from chaos.fault_injector import FaultInjector
from chaos.invariants.events import TOLD
from chaos.stack import Stack

_INTERVAL_SECONDS = 2.0
_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE status = 'COMPLETED'),
    count(*) FILTER (WHERE status = 'FAILED'), count(*) FILTER (WHERE needs_review)
FROM payouts_payout
"""
_TOLD_EVENTS = "SELECT id FROM payouts_event WHERE type = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Counts:
    created: int
    completed: int
    failed: int
    in_review: int

    @property
    def unfinished(self) -> int:
        return self.created - self.completed - self.failed - self.in_review


def count_payouts(stack: Stack) -> Counts:
    with psycopg.connect(stack.stores.database_url, connect_timeout=2) as database:
        row = database.execute(_COUNTS).fetchone()
    assert row
    return Counts(*row)


def read_told_events(stack: Stack) -> set[str]:
    """Return the ids of the messages that clients have to get."""
    with psycopg.connect(stack.stores.database_url, connect_timeout=2) as database:
        rows = database.execute(_TOLD_EVENTS, [list(TOLD)]).fetchall()
    return {f"evt_{event_id}" for (event_id,) in rows}


@contextmanager
def printed_progress(
    stack: Stack, injector: FaultInjector, started: float, print_line: Callable[[str], None]
) -> Iterator[None]:
    """Print a line every few seconds for the length of the block."""
    ended = Event()

    def print_lines() -> None:
        while not ended.wait(_INTERVAL_SECONDS):
            with suppress(psycopg.Error):  # a fault may have stopped the database
                print_line(_describe(count_payouts(stack), injector, monotonic() - started))

    thread = Thread(target=print_lines, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _describe(counts: Counts, injector: FaultInjector, seconds: float) -> str:
    current = ", ".join(dict(injector.current).values()) or "-"
    return (
        f"{seconds:4.0f} s  created {counts.created}  unfinished {counts.unfinished}  "
        f"COMPLETED {counts.completed}  FAILED {counts.failed}  in review {counts.in_review}  "
        f"faults {len(injector.injected)}  now: {current}"
    )
