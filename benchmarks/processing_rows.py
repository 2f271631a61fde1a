"""Payouts processed to COMPLETED a second, beside Celery tasks that do nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.backlog import Backlog
from benchmarks.client import Client, new_payouts
from benchmarks.floors import noop_tasks
from benchmarks.load import LoadGenerator
from benchmarks.plan import Plan
from benchmarks.row import Row
from benchmarks.servers import Database, flush_redis, redis_connection, temporary_database
from benchmarks.services import BankServer, bank, noop_worker, publish_noops, web, worker
from benchmarks.workload import Measurement, Workload, measure

NAMES = ("processing", "processing-slow")
# First guesses, so that the backlog is large enough.
_PAYOUTS_PER_SECOND = 300
_NOOPS_PER_SECOND = 1_500


@dataclass(frozen=True, slots=True)
class Processing:
    """Creates payouts over HTTP while no worker runs. Their tasks wait in Redis."""

    load: LoadGenerator
    client: Client
    database: Database
    recipient_id: int

    def add(self, count: int) -> None:
        wanted = self.left() + count
        while self.left() < wanted:
            template = new_payouts(self.recipient_id)
            sent = self.load.send(self.client.url, [template], token=self.client.token, seconds=1)
            assert not sent.failed, sent

    def left(self) -> int:
        return self.database.count("NEW", "PROCESSING")

    @contextmanager
    def workload(self, name: str, *, bank_seconds: float) -> Iterator[Workload]:
        with bank(delay_seconds=bank_seconds) as server:
            environment = {**self.database.environment, "BANK_URL": server.url}
            backlog = Backlog(
                self.add, self.left, partial(worker, **environment), _PAYOUTS_PER_SECOND
            )
            yield Workload(name, partial(self._drain, server, backlog), warms_up=False)

    def _drain(self, bank_server: BankServer, backlog: Backlog, seconds: float) -> Measurement:
        measured = backlog.drain(seconds)
        faults = {
            "payouts FAILED": self.database.count("FAILED"),
            "payouts were sent to the bank twice": bank_server.repeated(),
        }
        fault = ", ".join(f"{count} {what}" for what, count in faults.items() if count)
        return replace(measured, fault=fault)


def processing_rows(plan: Plan, load: LoadGenerator) -> Iterator[Row]:
    """Measure the rows that the plan wants, in a database without other open payouts."""
    if not plan.wants(*NAMES):
        return
    flush_redis()
    with temporary_database("processing") as database, web(**database.environment) as served:
        client = Client.of(served, **database.environment)
        processing = Processing(load, client, database, client.create_recipient())
        if plan.wants("processing"):
            with processing.workload("to COMPLETED, bank at once", bank_seconds=0) as workload:
                yield measure(plan, "processing", 0.30, workload, _noops())
        if plan.wants("processing-slow"):
            with processing.workload("to COMPLETED, bank 200 ms", bank_seconds=0.2) as workload:
                yield measure(plan, "processing-slow", 100, workload)
    flush_redis()


def _noops() -> Workload:
    def left() -> int:
        with redis_connection() as redis:
            return int(redis.llen(noop_tasks.QUEUE))

    backlog = Backlog(publish_noops, left, noop_worker, _NOOPS_PER_SECOND)
    return Workload("no-op tasks", backlog.drain, warms_up=False)
