"""One run: start the service, send the orders, let faults strike, wait for the end, judge."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic
from typing import ClassVar, Final
from urllib.request import Request, urlopen

import psycopg

from chaos.background import Background
from chaos.evidence import Evidence
from chaos.invariants import judge
from chaos.load import Clients, Told, open_session
from chaos.orders import Order, draw_orders
from chaos.report import Report
from chaos.stack import Stack, run, running_stack, wait_until
from chaos.storm import Storm

END_SECONDS: Final = 120
_SAY_SECONDS = 2.0
_PROGRESS = """
SELECT count(*), count(*) FILTER (WHERE status = 'COMPLETED'),
    count(*) FILTER (WHERE status = 'FAILED'), count(*) FILTER (WHERE needs_review)
FROM payouts_payout
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`haste` shortens the faults; `worker` and `bank` are other ones than usual, for controls."""

    payouts: int
    rate: float
    seed: int
    faults: Sequence[str]
    USUAL_WORKER: ClassVar = ("-m", "payouts.entrypoints.cli", "worker")

    haste: float = 1
    end_seconds: float = END_SECONDS
    behaviours: Sequence[str] | None = None
    worker: tuple[str, ...] = USUAL_WORKER
    bank: Mapping[str, str] | None = None
    is_control: bool = False
    command: str = ""


def execute(plan: Plan, *, home: Path, say: Callable[[str], None]) -> Report:
    """Raise what keeps the run itself from going on; violations are in the report."""
    started = monotonic()
    orders = draw_orders(count=plan.payouts, seed=plan.seed, behaviours=plan.behaviours)
    with Background.started() as background:
        say("Starting the service ...")
        with running_stack(home, background, worker=plan.worker, bank=plan.bank or {}) as stack:
            storm = Storm(stack, plan.faults, plan.seed, plan.haste)
            told = Told()
            with _telling(stack, storm, started, say):
                _strike_and_load(stack, storm, orders, told, plan)
                with suppress(TimeoutError):  # what has not ended is for the judge to find
                    wait_until(lambda: _has_ended(stack), plan.end_seconds, "not all payouts ended")
            evidence = Evidence.collect(stack, orders=orders, told=told, strikes=storm.strikes)
    return Report(evidence, judge(evidence), plan.command, monotonic() - started)


def _strike_and_load(
    stack: Stack, storm: Storm, orders: Sequence[Order], told: Told, plan: Plan
) -> None:
    token = run(stack, "token", "chaos", "--staff")
    recipients = {
        ending: _make_recipient(stack, token, ending)
        for ending in sorted({order.behaviour for order in orders})
    }

    async def send() -> None:
        async with open_session(base_url=stack.web_url, token=token) as session:
            clients = Clients(session, told, recipients, Random(f"clients {plan.seed}"))
            watching = stack.background.start(clients.watch())
            try:
                await clients.send_all(orders, rate=plan.rate)
            finally:
                watching.cancel()

    with storm.raging():
        sending = stack.background.start(send())
        with suppress(CancelledError):
            sending.result()


def _make_recipient(stack: Stack, token: str, ending: str) -> int:
    body = {"type": "BUSINESS", "name": f"Chaos {ending}", "account_number": f"CHAOS-0001-{ending}"}
    request = Request(  # noqa: S310  our own address
        f"{stack.web_url}/api/recipients/",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return int(json.load(answer)["id"])


def _progress(stack: Stack) -> tuple[int, int, int, int]:
    with psycopg.connect(stack.stores.database_url, connect_timeout=2) as database:
        row = database.execute(_PROGRESS).fetchone()
    assert row
    return row


def _has_ended(stack: Stack) -> bool:
    made, completed, failed, in_review = _progress(stack)
    return made == completed + failed + in_review


@contextmanager
def _telling(
    stack: Stack, storm: Storm, started: float, say: Callable[[str], None]
) -> Iterator[None]:
    """Say every few seconds how far it is."""
    over = Event()

    def tell() -> None:
        while not over.wait(_SAY_SECONDS):
            with suppress(psycopg.Error):
                made, completed, failed, in_review = _progress(stack)
                open_ = made - completed - failed - in_review
                now = ", ".join(dict(storm.now).values()) or "-"
                say(
                    f"{monotonic() - started:4.0f} s  made {made}  open {open_}  "
                    f"COMPLETED {completed}  FAILED {failed}  in review {in_review}  "
                    f"faults {len(storm.strikes)}  now: {now}"
                )

    teller = Thread(target=tell, name="teller", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
