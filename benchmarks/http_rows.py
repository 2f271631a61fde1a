"""Requests a second, beside floors under the same server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from benchmarks.client import (
    PAGE_SIZE,
    Client,
    first_page,
    new_payouts,
    one_payout,
    page_anew,
    same_payout,
)
from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.databases import Database, forget_messages
from benchmarks.load import Kind, Load
from benchmarks.plan import Plan
from benchmarks.processes import Shape, floor, web
from benchmarks.rounds import Done, Runner, measure
from benchmarks.row import Row

NAMES = ("list-cached", "list", "one", "post", "replay")
# What made each of them fastest on two cores, of one and two workers and 1 to 8 threads.
HELLO = Shape(workers=2, threads=2)
INSERT = Shape(workers=2, threads=4)


def http_rows(plan: Plan, load: Load, database: Database) -> Iterator[Row]:
    """Measure the rows of requests that the plan wants."""
    if not plan.wants(*NAMES):
        return
    environment = database.environment
    with ExitStack() as stack:
        served = stack.enter_context(web(**environment))
        cpu, service = Cpu.of(web=served.process), Client.of(served, **environment)
        hello = Client(stack.enter_context(floor("hello", HELLO)), "")
        insert = Client(stack.enter_context(floor("insert", INSERT, **environment)), "")
        for key, target, row, beside in _pairs(load, cpu, service, hello, insert):
            if plan.wants(key):
                yield measure(plan, key, target, row, beside)
    forget_messages()


def _pairs(
    load: Load, cpu: Cpu, service: Client, hello: Client, insert: Client
) -> Iterator[tuple[str, float, Runner, Runner]]:
    recipient_id = service.make_recipient()
    payout_id = _check_answers(service, recipient_id)

    def runner(name: str, target: Client, make_kind: Callable[[], Kind]) -> Runner:
        return Runner(name, partial(_send, load, cpu, target, make_kind))

    post = partial(new_payouts, recipient_id)
    same = partial(same_payout, recipient_id)
    nothing = partial(Kind, "GET", "/")
    for key, target, name, kind in (
        ("list-cached", 0.50, "GET the first page, cached", first_page),
        ("list", 0.20, "GET the first page, not cached", page_anew),
        ("one", 0.35, "GET one payout", partial(one_payout, payout_id)),
    ):
        yield key, target, runner(name, service, kind), runner("Django hello", hello, nothing)
    posting = runner("POST a payout", service, post)
    yield "post", 0.40, posting, runner("bare WSGI, one INSERT", insert, post)
    yield (
        *("replay", 1.0, runner("replay of a POST", service, same)),
        runner("POST a payout", service, post),
    )


def _send(
    load: Load, cpu: Cpu, target: Client, make_kind: Callable[[], Kind], seconds: float
) -> Done:
    with cpu.spent() as spent:
        sent = load.send(target.url, [make_kind()], token=target.token, seconds=seconds)
    fault = f"{sent.failed} of {sent.requests} requests failed" if sent.failed else ""
    return Done(sent.per_second, fault, milliseconds_each(spent, sent.requests))


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
    page, same_page = (service.ask(kind()).body["results"] for kind in (first_page, page_anew))
    assert len(page) == PAGE_SIZE
    assert page == same_page
    payout_id = int(made.body["id"])
    assert service.ask(one_payout(payout_id)).body["id"] == payout_id
    return payout_id
