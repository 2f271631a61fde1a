"""The whole service at once: reads and writes, while a worker processes the new payouts."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

from benchmarks import progress
from benchmarks.client import Client, same_payout
from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.load import LoadGenerator
from benchmarks.memory import Memory
from benchmarks.mixed_load import MixedLoad
from benchmarks.plan import Plan
from benchmarks.processes import home
from benchmarks.row import Bound, Row
from benchmarks.servers import Database, flush_redis, temporary_database
from benchmarks.services import bank, beat, web, worker

NAMES = ("mixed", "memory")
_MAX_P99_TO_P50 = 6
_MAX_GAIN_MIB, _MAX_PEAK_MIB = 4, 120
# Ends the run of a service that hardly answers.
_MAX_ROUNDS = 300


def mixed_rows(plan: Plan, load: LoadGenerator) -> Iterator[Row]:
    """Send for all rounds, and on until there were enough requests to judge memory."""
    if not plan.wants(*NAMES):
        return
    flush_redis()
    with temporary_database("mixed") as database:
        yield from _measure(plan, load, database)
    flush_redis()


def _measure(plan: Plan, load: LoadGenerator, database: Database) -> Iterator[Row]:
    with ExitStack() as stack:
        bank_server = stack.enter_context(bank(delay_seconds=0))
        environment = {**database.environment, "BANK_URL": bank_server.url}
        served = stack.enter_context(web(**environment))
        working = stack.enter_context(worker(**environment))
        stack.enter_context(beat(**environment))
        mixed = MixedLoad(load, Client.of(served, **environment), database, home() / "created")
        memories = Memory("web"), Memory("worker")
        with memories[1].watched(working):
            cpu = Cpu.of(web=served.process, worker=working)
            with memories[0].watched(served.process), cpu.measured() as spent:
                _send(mixed, plan)
            processed_seconds = mixed.wait_until_processed()
        faults = mixed.faults(bank_server)
    if "mixed" in plan.rows:
        cpu_ms = milliseconds_each(spent, mixed.requests)
        yield replace(_mixed_row(mixed, processed_seconds, faults), cpu_ms=cpu_ms)
    if "memory" in plan.rows:
        yield from _memory_rows(memories, mixed.requests)


def _send(mixed: MixedLoad, plan: Plan) -> None:
    requests = plan.memory_requests if "memory" in plan.rows else 0
    recipient_id = mixed.client.create_recipient()
    payout_id = int(mixed.client.send(same_payout(recipient_id)).body["id"])
    for number in range(_MAX_ROUNDS):
        result = mixed.send(recipient_id, payout_id, plan.seconds)
        progress.show(
            f"mixed, round {number + 1}: {result.per_second:,.0f}/s, p50 {result.p50_ms:.1f} ms,"
            f" p99 {result.p99_ms:.1f} ms, {mixed.requests:,} requests"
        )
        if number + 1 >= plan.rounds and mixed.requests >= requests:
            return


def _mixed_row(mixed: MixedLoad, processed_seconds: float, faults: Sequence[str]) -> Row:
    rate = f"{median(each.per_second for each in mixed.results):,.0f}/s"
    created = f"{len(mixed.created_ids()):,} payouts created"
    last = f"the last one processed {processed_seconds:.0f} s after the last request"
    return Row(
        key="mixed",
        name="mixed: p99 beside p50",
        unit=" ms",
        figures=[each.p99_ms for each in mixed.results],
        target=_MAX_P99_TO_P50,
        bound=Bound.AT_MOST,
        floor="p50",
        floor_figures=[each.p50_ms for each in mixed.results],
        faults=faults,
        note=f"{rate}; {created}, {last}",
    )


def _memory_rows(memories: Sequence[Memory], requests: int) -> Iterator[Row]:
    peaks = [(each.name, peak) for each in memories for peak in each.peaks()]
    gains = [(each.name, gain) for each in memories for gain in each.gains()]
    for name, found, target in (
        ("memory gained in the 2nd half", gains, _MAX_GAIN_MIB),
        ("memory of the largest process", peaks, _MAX_PEAK_MIB),
    ):
        processes = ", ".join(f"{process} {figure:.1f}" for process, figure in found)
        yield Row(
            key="memory",
            name=name,
            unit=" MiB",
            figures=[max(figure for _, figure in found)],
            target=target,
            bound=Bound.AT_MOST,
            note=f"{requests:,} requests; {processes} MiB",
        )
