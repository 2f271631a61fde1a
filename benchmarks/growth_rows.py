"""Times in a large database beside those in a small one."""

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

from benchmarks import progress
from benchmarks.client import PAGE_SIZE, Client, uncached_page
from benchmarks.load import LoadGenerator, Template
from benchmarks.plan import Plan
from benchmarks.row import Bound, Row
from benchmarks.sample_payouts import FREQUENT_RECIPIENT, SamplePayouts
from benchmarks.servers import Database
from benchmarks.services import web

_DEEP_PAGE = 1_000
_TARGET = 1.5
# Short runs: other load on the machine then affects both databases.
_RUN_SECONDS = 1
_LIMIT_SECONDS = 120

type Times = Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class ServedDatabase:
    """A filled database, and a web server on it."""

    database: Database
    sample: SamplePayouts
    client: Client
    load: LoadGenerator

    @classmethod
    @contextmanager
    def open(
        cls, database: Database, sample: SamplePayouts, load: LoadGenerator
    ) -> Iterator["ServedDatabase"]:
        with web(f"web-{sample.count}", **database.environment) as served:
            yield cls(database, sample, Client.of(served, **database.environment), load)

    def pages(self) -> dict[str, Callable[[], Template]]:
        """Return the first page and the first page of each filter.

        All are full, except the one by idempotency key.
        """
        filters = {
            "status": "FAILED",
            "currency": "UAH",
            "recipient_id": str(FREQUENT_RECIPIENT),
            "needs_review": "true",
            "idempotency_key": self.sample.key(self.sample.count // 2),
            "created_after": f"{self.sample.middle():%Y-%m-%dT%H:%M:%SZ}",
        }
        by_filter = {
            f"by {name}": partial(uncached_page, {name: filters[name]}) for name in filters
        }
        return {
            "a page": uncached_page,
            **by_filter,
            "by created_before": partial(uncached_page, before=self.sample.middle()),
        }

    def check(self) -> None:
        for name, template in self.pages().items():
            rows = self.client.send(template()).body["results"]
            assert len(rows) == (1 if name == "by idempotency_key" else PAGE_SIZE), (name, rows)

    def page_ms(self, name: str, template: Callable[[], Template]) -> dict[str, float]:
        """Return the median time of a page, asked for on 8 connections."""
        sent = self.load.send(
            self.client.url, [template()], token=self.client.token, seconds=_RUN_SECONDS
        )
        assert sent.requests, f"{name}: no answer within {_RUN_SECONDS} s"
        assert not sent.failed, sent
        return {name: sent.p50_ms}

    def queue_ms(self) -> dict[str, float]:
        """Time the queue's statements in a process of their own."""
        with self.database.connect() as connection:
            connection.execute("VACUUM payouts_payout")  # removes the dead rows of the last run
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.queue_times"],
            env=environ | self.database.environment | {"LOG_LEVEL": "ERROR"},
            check=True,
            stdout=subprocess.PIPE,
            timeout=_LIMIT_SECONDS,
        )
        return {name: float(taken) for name, taken in json.loads(ended.stdout).items()}


def growth_rows(plan: Plan, small: ServedDatabase, large: ServedDatabase) -> Iterator[Row]:
    """Measure each page over HTTP, then the queue's statements."""
    for each in (small, large):
        each.check()
    size, small_pages = f"{small.sample.count:,} payouts", small.pages()
    for name, template in large.pages().items():
        yield from _compare(
            partial(large.page_ms, name, template),
            *(size, partial(small.page_ms, name, small_pages[name])),
            rounds=2 * plan.rounds,
        )
    name = f"page {_DEEP_PAGE:,}"
    deep = partial(uncached_page, {"cursor": large.client.page_cursor(_DEEP_PAGE)})
    yield from _compare(
        partial(large.page_ms, name, deep),
        *("page 1", partial(large.page_ms, name, uncached_page)),
        rounds=2 * plan.rounds,
    )
    yield from _compare(large.queue_ms, size, small.queue_ms, rounds=plan.rounds)


def _compare(times: Times, floor: str, floor_times: Times, *, rounds: int) -> Iterator[Row]:
    """Measure both alternately, after one round that does not count; yield a row for each name."""
    figures: dict[str, list[float]] = defaultdict(list)
    floor_figures: dict[str, list[float]] = defaultdict(list)
    order = ((times, figures), (floor_times, floor_figures))
    for number in range(rounds + 1):
        for measure, kept in order if number % 2 else order[::-1]:
            for name, milliseconds in measure().items():
                kept[name] += [milliseconds] if number else []
    for name, taken in figures.items():
        row = Row(
            key="growth",
            name=name,
            unit=" ms",
            figures=taken,
            target=_TARGET,
            bound=Bound.AT_MOST,
            floor=floor,
            floor_figures=floor_figures[name],
        )
        progress.show(f"{name}: {median(taken):.2f} ms beside {median(row.floor_figures):.2f} ms")
        yield row
