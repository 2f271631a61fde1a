"""Times in a small and in a large database, in turns: nothing should take longer in the large."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os import environ
from statistics import median

from benchmarks.client import PAGE_SIZE, Client, page_anew
from benchmarks.data import BEST_RECIPIENT, Book
from benchmarks.databases import Database
from benchmarks.load import Kind, Load
from benchmarks.plan import Plan
from benchmarks.processes import web
from benchmarks.row import Row, Sense
from benchmarks.screen import say

_DEEP_PAGE = 1_000
_TARGET = 1.2
_TURN_SECONDS = 1
_LIMIT_SECONDS = 120

type Times = Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database, the book that it was filled from, and the API on it."""

    database: Database
    book: Book
    api: Client
    load: Load

    @classmethod
    @contextmanager
    def open(cls, database: Database, book: Book, load: Load) -> Iterator["Shelf"]:
        with web(f"web-{book.payouts}", **database.environment) as served:
            yield cls(database, book, Client.of(served, **database.environment), load)

    def pages(self) -> dict[str, Callable[[], Kind]]:
        """Return the first page, plain and by each filter; all are full but the one of a key."""
        filters = {
            "status": "FAILED",
            "currency": "UAH",
            "recipient_id": str(BEST_RECIPIENT),
            "needs_review": "true",
            "idempotency_key": self.book.key(self.book.payouts // 2),
            "created_after": f"{self.book.middle():%Y-%m-%dT%H:%M:%SZ}",
        }
        by_filter = {f"by {name}": partial(page_anew, {name: filters[name]}) for name in filters}
        return {
            "a page": page_anew,
            **by_filter,
            "by created_before": partial(page_anew, before=self.book.middle()),
        }

    def check(self) -> None:
        for name, kind in self.pages().items():
            rows = self.api.ask(kind()).body["results"]
            assert len(rows) == (1 if name == "by idempotency_key" else PAGE_SIZE), (name, rows)

    def page_ms(self, name: str, kind: Callable[[], Kind], seconds: float) -> dict[str, float]:
        """Return the median time that each of 8 connections waits for a page."""
        token = self.api.token
        sent = self.load.send(self.api.url, [kind()], token=token, seconds=seconds)
        assert not sent.failed, sent
        return {name: sent.p50_ms}

    def queue_ms(self) -> dict[str, float]:
        """Time claim and sweep, in a process of their own."""
        with self.database.connect() as connection:
            connection.execute("VACUUM payouts_payout")  # what the turn before has left
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.queue_times"],
            env=environ | self.database.environment | {"LOG_LEVEL": "ERROR"},
            check=True,
            stdout=subprocess.PIPE,
            timeout=_LIMIT_SECONDS,
        )
        return {name: float(taken) for name, taken in json.loads(ended.stdout).items()}


def growth_rows(plan: Plan, few: Shelf, many: Shelf) -> Iterator[Row]:
    """Measure each read over HTTP, then what the queue does.

    Turns are short: what the machine does meanwhile has to meet both, since a fifth is judged.
    """
    for shelf in (few, many):
        shelf.check()
    few_pages, size = few.pages(), f"{few.book.payouts:,} payouts"
    for name, kind in many.pages().items():
        yield from _compare(
            partial(many.page_ms, name, kind, _TURN_SECONDS),
            *(size, partial(few.page_ms, name, few_pages[name], _TURN_SECONDS)),
            rounds=2 * plan.rounds,
        )
    name = f"page {_DEEP_PAGE:,}"
    deep = partial(page_anew, {"cursor": many.api.page_cursor(_DEEP_PAGE)})
    yield from _compare(
        partial(many.page_ms, name, deep, _TURN_SECONDS),
        *("page 1", partial(many.page_ms, name, page_anew, _TURN_SECONDS)),
        rounds=2 * plan.rounds,
    )
    yield from _compare(many.queue_ms, size, few.queue_ms, rounds=plan.rounds)


def _compare(times: Times, floor: str, floor_times: Times, *, rounds: int) -> Iterator[Row]:
    """Take both in turns after one that does not count; yield a row for each name."""
    figures: dict[str, list[float]] = defaultdict(list)
    floor_figures: dict[str, list[float]] = defaultdict(list)
    turns = ((times, figures), (floor_times, floor_figures))
    for number in range(rounds + 1):
        for ask, kept in turns if number % 2 else turns[::-1]:
            for name, milliseconds in ask().items():
                kept[name] += [milliseconds] if number else []
    for name, taken in figures.items():
        row = Row(
            key="growth",
            name=name,
            unit=" ms",
            figures=taken,
            target=_TARGET,
            sense=Sense.AT_MOST,
            floor=floor,
            floor_figures=floor_figures[name],
        )
        say(f"{name}: {median(taken):.2f} ms beside {median(row.floor_figures):.2f} ms")
        yield row
