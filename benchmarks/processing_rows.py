"""Payouts brought to COMPLETED a second, beside Celery tasks that do nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.backlog import Backlog
from benchmarks.client import Client, new_payouts
from benchmarks.databases import Database, broker, forget_messages, make_database
from benchmarks.floors import noop
from benchmarks.load import Load
from benchmarks.plan import Plan
from benchmarks.processes import BankAddress, bank, noop_worker, publish_noops, web, worker
from benchmarks.rounds import Done, Runner, measure
from benchmarks.row import Row

NAMES = ("processing", "processing-slow")
_OPEN = ("NEW", "PROCESSING")
# First guesses, so that there is enough to do.
_PAYOUTS_PER_SECOND = 300
_NOOPS_PER_SECOND = 1_500


@dataclass(frozen=True, slots=True)
class Processing:
    """Payouts that were posted while no worker ran; their doorbells wait in Redis."""

    load: Load
    service: Client
    database: Database
    recipient_id: int

    def add(self, count: int) -> None:
        wanted = self.left() + count
        while self.left() < wanted:
            sent = self.load.send(
                self.service.url,
                [new_payouts(self.recipient_id)],
                token=self.service.token,
                seconds=1,
            )
            assert not sent.failed, sent

    def left(self) -> int:
        return self.database.count(*_OPEN)

    def run(self, bank_address: BankAddress, backlog: Backlog, seconds: float) -> Done:
        """Work payouts off; a payout that failed, or was sent twice, is a fault."""
        done = backlog.work_off(seconds)
        faults = {
            "payouts FAILED": self.database.count("FAILED"),
            "payouts were sent to the bank twice": bank_address.repeated(),
        }
        fault = ", ".join(f"{count} {what}" for what, count in faults.items() if count)
        return replace(done, fault=fault)

    @contextmanager
    def against(self, name: str, *, bank_seconds: float) -> Iterator[Runner]:
        with bank(delay_seconds=bank_seconds) as bank_address:
            environment = {**self.database.environment, "BANK_URL": bank_address.url}
            backlog = Backlog(
                self.add, self.left, partial(worker, **environment), _PAYOUTS_PER_SECOND
            )
            yield Runner(name, partial(self.run, bank_address, backlog), stays_up=False)


def processing_rows(plan: Plan, load: Load) -> Iterator[Row]:
    """Measure the rows that the plan wants, in a database where nothing else is open."""
    if not plan.wants(*NAMES):
        return
    database = make_database("bench_processing")
    forget_messages()
    with web(**database.environment) as served:
        service = Client.of(served, **database.environment)
        processing = Processing(load, service, database, service.make_recipient())
        if plan.wants("processing"):
            with processing.against("to COMPLETED, bank at once", bank_seconds=0) as runner:
                yield measure(plan, "processing", 0.30, runner, _noops())
        if plan.wants("processing-slow"):
            with processing.against("to COMPLETED, bank 200 ms", bank_seconds=0.2) as runner:
                yield measure(plan, "processing-slow", 100, runner)
    forget_messages()


def _noops() -> Runner:
    def left() -> int:
        with broker() as redis:
            return int(redis.llen(noop.QUEUE))

    backlog = Backlog(publish_noops, left, noop_worker, _NOOPS_PER_SECOND)
    return Runner("Celery no-ops", backlog.work_off, stays_up=False)
