"""Requests a second, beside floors."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count
from threading import Event

from benchmarks.client import (
    PAGE_SIZE,
    Client,
    first_page,
    new_payouts,
    one_payout,
    same_payout,
)
from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.load import LoadGenerator, Template
from benchmarks.plan import Plan
from benchmarks.row import Row
from benchmarks.servers import Database, flush_redis
from benchmarks.services import drf_hello_web, floor, web
from benchmarks.workload import Measurement, Workload, measure

NAMES = ("post", "list", "list-written", "one", "replay", "drf-hello")
_WRITES_PER_SECOND = 50
type _Pair = tuple[str, float | None, Workload, Workload]


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and the CPU time of its processes and of the stores."""

    client: Client
    load: LoadGenerator
    cpu: Cpu

    def workload(
        self,
        name: str,
        template: Callable[[], Template],
        meanwhile: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Workload:
        return Workload(name, partial(self._send, template, meanwhile))

    def _send(
        self,
        template: Callable[[], Template],
        meanwhile: Callable[[], AbstractContextManager[None]],
        seconds: float,
    ) -> Measurement:
        client = self.client
        with meanwhile(), self.cpu.measured() as spent:
            sent = self.load.send(client.url, [template()], token=client.token, seconds=seconds)
        fault = f"{sent.failed} of {sent.requests} requests failed" if sent.failed else ""
        return Measurement(sent.per_second, fault, milliseconds_each(spent, sent.requests))


def http_rows(plan: Plan, load: LoadGenerator, database: Database) -> Iterator[Row]:
    """Measure the rows of requests that the plan wants."""
    if not plan.wants(*NAMES):
        return
    environment = database.environment
    with ExitStack() as stack:
        served = stack.enter_context(web(**environment))
        client = Client.of(served, **environment)
        service = Target(client, load, Cpu.of(web=served.process))
        constant = stack.enter_context(drf_hello_web(**environment))
        drf = Target(Client(constant.url, client.token), load, Cpu.of(web=constant.process))
        # The numbers of workers and threads that made each floor fastest on 2 cores.
        hello = stack.enter_context(floor("django_hello", workers=2, threads=2))
        insert = stack.enter_context(floor("wsgi_insert", workers=2, threads=4, **environment))
        floors = (Target(Client(url, ""), load, Cpu({})) for url in (hello, insert))
        for key, target, workload, beside in _pairs(service, drf, *floors):
            if plan.wants(key):
                yield measure(plan, key, target, workload, beside)
    flush_redis()


def _pairs(service: Target, drf: Target, django: Target, insert: Target) -> Iterator[_Pair]:
    recipient_id = service.client.create_recipient()
    payout_id = _check_answers(service.client, recipient_id)
    post, same = partial(new_payouts, recipient_id), partial(same_payout, recipient_id)
    while_written = partial(_writing, service.client, post)

    create = service.workload("POST a payout", post)
    insert_one = insert.workload("bare WSGI, one INSERT", post)
    page = service.workload("GET the first page, cached", first_page)
    page_while_written = service.workload(
        f"the same, {_WRITES_PER_SECOND} POSTs a second", first_page, while_written
    )
    one = service.workload("GET one payout", partial(one_payout, payout_id))
    replay = service.workload("replay of a POST", same)
    drf_hello = drf.workload("DRF hello", partial(Template, "GET", "/api/hello/"))
    django_hello = django.workload("Django hello", partial(Template, "GET", "/"))

    yield "post", 0.40, create, insert_one
    yield "list", 0.60, page, drf_hello
    yield "list-written", 0.40, page_while_written, drf_hello
    yield "one", 0.65, one, drf_hello
    yield "replay", 1.0, replay, create
    yield "drf-hello", None, drf_hello, django_hello


@contextmanager
def _writing(client: Client, template: Callable[[], Template]) -> Iterator[None]:
    """Create payouts at a fixed rate in a thread."""
    ended = Event()

    def write() -> None:
        new_payout = template()
        for number in count():
            if ended.wait(1 / _WRITES_PER_SECOND):
                return
            client.send(new_payout, number)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            yield
        finally:
            ended.set()
        writing.result()


def _check_answers(client: Client, recipient_id: int) -> int:
    """Fill the first page and check one answer of each kind; return the id of a payout."""
    order = same_payout(recipient_id)
    created, replayed = (client.send(order) for _ in range(2))
    assert (created.status, replayed.status) == (201, 200)
    assert created.body["id"] == replayed.body["id"]
    for _ in range(PAGE_SIZE):
        client.send(same_payout(recipient_id))
    assert len(client.send(first_page()).body["results"]) == PAGE_SIZE
    payout_id = int(created.body["id"])
    assert client.send(one_payout(payout_id)).body["id"] == payout_id
    return payout_id
