"""Requests a second, beside floors under the same server."""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from functools import partial

from benchmarks.client import (
    Client,
    first_page,
    first_page_anew,
    new_payouts,
    one_payout,
    same_payout,
)
from benchmarks.load import Kind, Load, Sent
from benchmarks.processes import Shape, floor, web
from benchmarks.rounds import Pair, measure
from benchmarks.row import Row

PAGE_SIZE = 20
# What made each of them fastest on two cores, of one and two workers and 1 to 8 threads.
HELLO = Shape(workers=2, threads=2)
INSERT = Shape(workers=2, threads=4)


def http_rows(
    load: Load, names: Collection[str], *, rounds: int, seconds: float, **environment: str
) -> Iterator[Row]:
    """Measure the rows that are named, on the migrated database that the environment names."""
    with ExitStack() as stack:
        service = Client.of(stack.enter_context(web(**environment)), **environment)
        hello = Client(stack.enter_context(floor("hello", HELLO)), "")
        insert = Client(stack.enter_context(floor("insert", INSERT, **environment)), "")
        for pair in _pairs(load, service, hello, insert):
            if pair.key in names:
                yield measure(pair, rounds=rounds, seconds=seconds)


def _pairs(load: Load, service: Client, hello: Client, insert: Client) -> Iterator[Pair]:
    recipient_id = service.make_recipient()
    payout_id = _check_answers(service, recipient_id)

    def sending(target: Client, make_kind: Callable[[], Kind]) -> Callable[[float], Sent]:
        return lambda seconds: load.send(
            target.url, [make_kind()], token=target.token, seconds=seconds
        )

    post = partial(new_payouts, recipient_id)
    nothing = sending(hello, lambda: Kind("GET", "/"))
    yield Pair(
        *("post", "POST a payout", 0.40, sending(service, post)),
        *("bare WSGI, one INSERT", sending(insert, post)),
    )
    for key, name, target, make_kind in (
        ("list-cached", "GET the first page, cached", 0.50, first_page),
        ("list", "GET the first page, not cached", 0.20, first_page_anew),
        ("one", "GET one payout", 0.35, lambda: one_payout(payout_id)),
    ):
        yield Pair(key, name, target, sending(service, make_kind), "Django hello", nothing)
    yield Pair(
        *("replay", "replay of a POST", 1.0, sending(service, partial(same_payout, recipient_id))),
        *("POST a payout", sending(service, post)),
    )


def _check_answers(service: Client, recipient_id: int) -> int:
    """Ask for everything once, so that nothing else than what a row says is measured.

    Return the id of a payout.
    """
    order = same_payout(recipient_id)
    made, replayed = (service.ask(order) for _ in range(2))
    assert (made.status, replayed.status) == (201, 200)
    assert made.body["id"] == replayed.body["id"]
    for _ in range(PAGE_SIZE):
        service.ask(same_payout(recipient_id))
    page, page_anew = (
        service.ask(kind()).body["results"] for kind in (first_page, first_page_anew)
    )
    assert len(page) == PAGE_SIZE
    assert page == page_anew
    payout_id = int(made.body["id"])
    assert service.ask(one_payout(payout_id)).body["id"] == payout_id
    return payout_id
