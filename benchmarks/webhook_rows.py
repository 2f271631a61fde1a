"""Webhooks delivered a second, and what endpoints cost others."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic, sleep
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from benchmarks.client import Client, new_payouts
from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.filling import fill
from benchmarks.load import LoadGenerator, Template
from benchmarks.plan import Plan
from benchmarks.row import Bound, Row
from benchmarks.sample_payouts import SamplePayouts
from benchmarks.servers import Database, flush_redis, temporary_database
from benchmarks.services import ReceiverServer, beat, receiver, web, worker
from benchmarks.workload import Measurement, Workload, measure

NAME = "webhooks"
_PAYOUTS = 20_000
_MIN_PER_SECOND = 300
_MIN_BESIDE_OTHERS = 0.9
_MIN_ACCEPTED = 0.95
_MAX_PAGE_GROWTH = 1.5
_WARM_UP_SECONDS = 2.0
_PAGE_SECONDS = 1
_MAX_PAGE_SIZE = 500
_FEED = "/api/events/?page_size=500"
# Nothing listens there.
_REFUSING_URL = "http://127.0.0.1:1/"
_REMOVE = "TRUNCATE payouts_webhookdelivery, payouts_webhookendpoint"
_ADD = """
INSERT INTO payouts_webhookendpoint (
    url, event_types, description, is_enabled, disabled_reason, secret, previous_secret,
    cursor_transaction_id, cursor_event_id, replay_until_transaction_id, replay_until_event_id,
    created_by, created_at, updated_at
)
SELECT url, '{}', '', true, '', 'whsec_YmVuY2htYXJrYmVuY2htYXJrYmVuY2htYXJr', '',
    %s, 0, 0, 0, 'bench', now(), now()
FROM unnest(%s::text[]) AS url
"""
_ALL_EVENTS, _NO_EVENTS = 0, 1 << 62


@dataclass(frozen=True, slots=True)
class Webhooks:
    """A database full of events, and a receiver for its endpoints."""

    database: Database
    receiver: ReceiverServer

    @contextmanager
    def endpoints(self, *urls: str, after: int) -> Iterator[None]:
        """Have these endpoints, which get the events after a transaction."""
        with self.database.connect() as connection:
            connection.execute(_REMOVE)
            connection.execute(_ADD, [after, list(urls)])
            yield
            connection.execute(_REMOVE)

    def deliver(self, seconds: float, *, beside: Sequence[str] = ()) -> Measurement:
        """Measure one endpoint, beside others, at one worker that is warm."""
        environment = {**self.database.environment, "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
        # In each run the same messages go to another URL.
        urls = [*beside, f"{self.receiver.url}/{uuid4().hex}"]
        with (
            self.endpoints(*urls, after=_ALL_EVENTS),
            worker("--queues", "webhooks", **environment) as working,
            beat(**environment),
        ):
            before = self.receiver.messages()
            working.wait_until(lambda: self.receiver.messages() > before, "a delivery")
            sleep(_WARM_UP_SECONDS)
            cpu = Cpu.of(worker=working)
            first, started = self.receiver.messages(), monotonic()
            with cpu.measured() as spent:
                sleep(seconds)
            done, taken = self.receiver.messages() - first, monotonic() - started
        repeated = self.receiver.repeated()
        return Measurement(
            done / taken,
            f"{repeated} messages were sent twice" if repeated else "",
            milliseconds_each(spent, done),
        )


def webhook_rows(plan: Plan, load: LoadGenerator) -> Iterator[Row]:
    if not plan.wants(NAME):
        return
    flush_redis()
    sample = SamplePayouts(_PAYOUTS, until=datetime.now(UTC))
    with (
        temporary_database(NAME) as database,
        receiver() as receiving,
        web(**database.environment) as served,
    ):
        fill(database, sample)
        webhooks = Webhooks(database, receiving)
        yield from _delivery_rows(plan, webhooks)
        client = Client.of(served, **database.environment)
        yield _feed_row(plan, load, client)
        yield _accepting_row(plan, load, client, webhooks)
    flush_redis()


def _delivery_rows(plan: Plan, webhooks: Webhooks) -> Iterator[Row]:
    alone = Workload("alone", webhooks.deliver, warms_up=False)
    row = measure(plan, NAME, _MIN_PER_SECOND, replace(alone, name="webhooks delivered"))
    yield row
    others = [f"{webhooks.receiver.url}/hang", _REFUSING_URL]
    beside = Workload(
        "beside one that hangs, one refuses",
        partial(webhooks.deliver, beside=others),
        warms_up=False,
    )
    yield measure(plan, NAME, _MIN_BESIDE_OTHERS, beside, alone)


def _feed_row(plan: Plan, load: LoadGenerator, client: Client) -> Row:
    """Compare pages at the end of the feed with pages at its start."""
    cursor = _cursor_near_end(client)
    figures: tuple[list[float], list[float]] = ([], [])
    for _ in range(plan.rounds):
        for path, taken in zip((f"{_FEED}&cursor={cursor}", _FEED), figures, strict=True):
            sent = load.send(
                client.url, [Template("GET", path)], token=client.token, seconds=_PAGE_SECONDS
            )
            assert not sent.failed, sent
            taken.append(sent.p50_ms)
    return Row(
        key=NAME,
        name="event feed, last full page",
        unit=" ms",
        figures=figures[0],
        target=_MAX_PAGE_GROWTH,
        bound=Bound.AT_MOST,
        floor="first page",
        floor_figures=figures[1],
    )


def _cursor_near_end(client: Client) -> str:
    """Follow the feed to its end; return the cursor of the last full page."""
    cursors = [""]
    while True:
        path = _FEED + (f"&cursor={cursors[-1]}" if cursors[-1] else "")
        body = client.send(Template("GET", path)).body
        if len(body["results"]) < _MAX_PAGE_SIZE:
            return cursors[-2]
        cursors += parse_qs(urlsplit(body["next"]).query)["cursor"]


def _accepting_row(plan: Plan, load: LoadGenerator, client: Client, webhooks: Webhooks) -> Row:
    """Accept payouts with three endpoints and without. The worker would be on other machines."""
    template = new_payouts(client.create_recipient())
    urls = [f"{webhooks.receiver.url}/{number}" for number in range(3)]

    def accept(seconds: float, *, urls: Sequence[str]) -> Measurement:
        with webhooks.endpoints(*urls, after=_NO_EVENTS):
            sent = load.send(client.url, [template], token=client.token, seconds=seconds)
        return Measurement(sent.per_second, f"{sent.failed} failed" if sent.failed else "")

    return measure(
        plan,
        NAME,
        _MIN_ACCEPTED,
        Workload("POST with three endpoints", partial(accept, urls=urls)),
        Workload("without", partial(accept, urls=())),
    )
