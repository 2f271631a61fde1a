"""The run: stage by stage, each in databases of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from benchmarks.filling import fill
from benchmarks.growth_rows import ServedDatabase, growth_rows
from benchmarks.http_rows import NAMES, http_rows
from benchmarks.load import LoadGenerator
from benchmarks.mixed_rows import mixed_rows
from benchmarks.plan import ROWS, SMALL, Plan
from benchmarks.processing_rows import processing_rows
from benchmarks.row import Row
from benchmarks.sample_payouts import SamplePayouts
from benchmarks.servers import Database, temporary_database
from benchmarks.webhook_rows import webhook_rows


def run(plan: Plan, load: LoadGenerator) -> list[Row]:
    """Measure what the plan wants; return the rows in the order of the table."""
    rows = [
        *_rows_of_filled_databases(plan, load),
        *processing_rows(plan, load),
        *webhook_rows(plan, load),
        *mixed_rows(plan, load),
    ]
    return sorted(rows, key=lambda row: ROWS.index(row.key))


def _rows_of_filled_databases(plan: Plan, load: LoadGenerator) -> Iterator[Row]:
    if not plan.wants("growth", *NAMES):
        return
    sample = SamplePayouts(plan.payouts, until=datetime.now(UTC))
    with filled_database("large", sample) as database:
        if plan.wants("growth"):
            yield from _growth_rows(plan, load, database, sample)
        yield from http_rows(plan, load, database)


def _growth_rows(
    plan: Plan, load: LoadGenerator, database: Database, sample: SamplePayouts
) -> Iterator[Row]:
    small_sample = SamplePayouts(SMALL, until=sample.until)
    with ExitStack() as stack:
        small_database = stack.enter_context(filled_database("small", small_sample))
        small = stack.enter_context(ServedDatabase.open(small_database, small_sample, load))
        large = stack.enter_context(ServedDatabase.open(database, sample, load))
        yield from growth_rows(plan, small, large)


@contextmanager
def filled_database(name: str, sample: SamplePayouts) -> Iterator[Database]:
    with temporary_database(name) as database:
        fill(database, sample)
        yield database
