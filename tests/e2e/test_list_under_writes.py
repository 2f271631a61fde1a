"""The list under concurrent writes: each row once on a walk, and no stale page."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any, Literal

import httpx
import pytest
from django.db import connection
from tests.running import eventually, simultaneously
from tests.service import Service, order

WRITERS = 4
MOST_PAGES = 300

# Copies of a payout that no worker may claim. Many have equal times and differ by their ids.
COPY = """
INSERT INTO payouts_payout
SELECT copy.* FROM payouts_payout AS payout, generate_series(1, %(count)s) AS n,
LATERAL jsonb_populate_record(payout, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('payouts_payout', 'id')),
    'reference', 'reference-' || n,
    'idempotency_key', 'older-key-' || n,
    'next_attempt_at', NULL,
    'next_enqueue_at', NULL,
    'created_at', now() - make_interval(secs => n / 40)
)) AS copy
WHERE payout.id = %(payout_id)s
RETURNING id
"""


def make_older_rows(payout: dict[str, Any], *, count: int) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(COPY, {"payout_id": payout["id"], "count": count})
        return {row[0] for row in cursor.fetchall()} | {payout["id"]}


@contextmanager
def writing(service: Service, recipient_id: int) -> Iterator[Callable[[], int]]:
    """Make payouts continuously in several threads; yield a function that counts them."""
    done, made = Event(), [0] * WRITERS

    def write(number: int, client: httpx.Client) -> None:
        while not done.is_set():
            answer = client.post("/api/payouts/", json=order(recipient_id))
            assert answer.status_code == 201
            made[number] += 1

    with service.users(WRITERS) as clients, ThreadPoolExecutor(WRITERS) as threads:
        writers = [threads.submit(write, *pair) for pair in enumerate(clients)]
        try:
            yield lambda: sum(made)
        finally:
            done.set()
        for writer in writers:
            writer.result()


def walk(
    client: httpx.Client, address: str, direction: str, *, after_each: Callable[[], object]
) -> Iterator[dict[str, Any]]:
    """Follow the links and yield the pages; fail if they do not end."""
    following = address
    for _ in range(MOST_PAGES):
        page = client.get(following).json()
        yield page
        following = page[direction]
        if not following:
            return
        after_each()
    raise AssertionError(f"more than {MOST_PAGES} pages")


def rows_of(pages: list[dict[str, Any]]) -> list[tuple[datetime, int]]:
    return [
        (datetime.fromisoformat(row["created_at"]), row["id"])
        for page in pages
        for row in page["results"]
    ]


class TestWalk:
    @pytest.mark.parametrize("query", ["page_size=7", "page_size=7&status=NEW&currency=USD"])
    def test_sees_each_older_row_once_in_both_directions(
        self, service: Service, query: str
    ) -> None:
        with service.frozen("worker"), ExitStack() as stack:
            payout = service.make_payout()
            older = make_older_rows(payout, count=200)
            made = stack.enter_context(writing(service, payout["recipient_id"]))
            eventually(lambda: made() > WRITERS)

            def let_others_write() -> None:
                so_far = made()
                eventually(lambda: made() > so_far)

            there = list(
                walk(service.user, f"/api/payouts/?{query}", "next", after_each=let_others_write)
            )
            newest, last = rows_of(there)[0], there[-1]
            back = []
            # New rows are added in front all the time: turn back at the row where the walk started.
            for page in walk(
                service.user, last["previous"], "previous", after_each=let_others_write
            ):
                back.append(page)
                if newest in rows_of([page]):
                    break

        seen, seen_again = rows_of(there), rows_of(back[::-1])
        assert seen == sorted(set(seen), reverse=True)
        assert older <= {id_ for _, id_ in seen}
        assert seen_again == sorted(set(seen_again), reverse=True)
        assert set(seen) <= set(seen_again) | set(rows_of([last]))


def write_and_look(client: httpx.Client, recipient_id: int, *, rounds: int) -> None:
    """Make a payout and expect it at the top of the list at once."""
    for _ in range(rounds):
        made = client.post("/api/payouts/", json=order(recipient_id))
        assert made.status_code == 201
        page = client.get("/api/payouts/?page_size=100").json()
        assert made.json()["id"] in {payout["id"] for payout in page["results"]}


class TestReadYourWrites:
    def test_shows_a_payout_as_soon_as_it_is_created(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        with service.users(8) as clients:
            simultaneously(
                [partial(write_and_look, client, recipient_id, rounds=12) for client in clients]
            )

    def test_shows_it_on_any_connection(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        with service.users(8) as clients:
            for writer, reader in zip(clients, clients[1:] + clients[:1], strict=True):
                payout = writer.post("/api/payouts/", json=order(recipient_id)).json()
                newest = reader.get("/api/payouts/?page_size=1").json()["results"]
                assert [newest[0]["id"]] == [payout["id"]]

    def test_shows_changes_and_deletions_at_once(self, service: Service) -> None:
        def statuses() -> list[str]:
            results = service.user.get("/api/payouts/").json()["results"]
            return [payout["status"] for payout in results]

        with service.frozen("worker"):
            payout_id = service.make_payout()["id"]
            assert statuses() == ["NEW"]
            for status in ("PROCESSING", "COMPLETED"):
                service.move(payout_id, status)
                assert statuses() == [status]
            service.staff.delete(f"/api/payouts/{payout_id}/")
            assert statuses() == []

    @pytest.mark.parametrize("outage", ["killed", "frozen"])
    def test_shows_no_stale_page_after_a_redis_outage(
        self, service: Service, outage: Literal["killed", "frozen"]
    ) -> None:
        def newest() -> int:
            page = service.user.get("/api/payouts/?page_size=1").json()
            return int(page["results"][0]["id"])

        recipient_id = service.make_recipient()["id"]
        first = service.make_payout(recipient_id)["id"]
        # Ask twice, so that every cache has the page.
        assert [newest(), newest()] == [first, first]
        with service.outage(outage):
            second = service.make_payout(recipient_id)["id"]
            assert newest() == second
        assert newest() == second
        third = service.make_payout(recipient_id)["id"]
        assert newest() == third

    def test_shows_a_payout_at_once_while_redis_stops_and_starts(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        with service.users(6) as clients, ThreadPoolExecutor(6) as threads:
            work = [
                threads.submit(write_and_look, client, recipient_id, rounds=40)
                for client in clients
            ]
            for _ in range(2):
                with service.outage("killed"):
                    eventually(lambda: not service.health()["redis"])
            for each in work:
                each.result()
