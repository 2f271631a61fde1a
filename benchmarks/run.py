"""The run: stage by stage, each in databases of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

from benchmarks.data import Book
from benchmarks.databases import Database, make_database
from benchmarks.filling import fill
from benchmarks.growth_rows import Shelf, growth_rows
from benchmarks.http_rows import NAMES, http_rows
from benchmarks.load import Load
from benchmarks.mixed_rows import mixed_rows
from benchmarks.plan import ROWS, SMALL, Plan
from benchmarks.processing_rows import processing_rows
from benchmarks.row import Row


def run(plan: Plan, load: Load) -> list[Row]:
    """Measure what the plan wants; return the rows in the order of the table."""
    rows = [
        *_in_filled_databases(plan, load),
        *processing_rows(plan, load),
        *mixed_rows(plan, load),
    ]
    return sorted(rows, key=lambda row: ROWS.index(row.key))


def _in_filled_databases(plan: Plan, load: Load) -> Iterator[Row]:
    if not plan.wants("growth", *NAMES):
        return
    book = Book(plan.payouts, until=datetime.now(UTC))
    database = _make_filled("bench_large", book)
    if plan.wants("growth"):
        small_book = Book(SMALL, until=book.until)
        small = _make_filled("bench_small", small_book)
        with ExitStack() as stack:
            few = stack.enter_context(Shelf.open(small, small_book, load))
            many = stack.enter_context(Shelf.open(database, book, load))
            yield from growth_rows(plan, few, many)
    yield from http_rows(plan, load, database)


def _make_filled(name: str, book: Book) -> Database:
    database = make_database(name)
    fill(database, book)
    return database
