"""The whole service at once: reads and writes, while a worker is busy on what they make."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

from benchmarks.client import Client, same_payout
from benchmarks.cpu import Cpu, milliseconds_each
from benchmarks.databases import forget_messages, make_database
from benchmarks.load import Load
from benchmarks.memory import Memory
from benchmarks.mixture import Mixture
from benchmarks.plan import Plan
from benchmarks.processes import bank, beat, home, web, worker
from benchmarks.row import Row, Sense
from benchmarks.screen import say

NAMES = ("mixed", "memory")
_TIMES_P50 = 5
_GAIN_MIB, _PEAK_MIB = 4, 120
# A service that hardly answers is not asked for ever.
_MOST_ROUNDS = 300


def mixed_rows(plan: Plan, load: Load) -> Iterator[Row]:
    """Send for some rounds, and on until there were requests enough to judge memory by."""
    if not plan.wants(*NAMES):
        return
    forget_messages()
    database = make_database("bench_mixed")
    with ExitStack() as stack:
        bank_address = stack.enter_context(bank(delay_seconds=0))
        environment = {**database.environment, "BANK_URL": bank_address.url}
        served = stack.enter_context(web(**environment))
        working = stack.enter_context(worker(**environment))
        stack.enter_context(beat(**environment))
        mixture = Mixture(load, Client.of(served, **environment), database, home() / "made")
        memories = Memory("web"), Memory("worker")
        with memories[1].watched(working):
            cpu = Cpu.of(web=served.process, worker=working)
            with memories[0].watched(served.process), cpu.spent() as spent:
                _send(mixture, plan)
            ended_seconds = mixture.wait_for_the_end()
        faults = mixture.faults(bank_address)
    forget_messages()
    if "mixed" in plan.rows:
        cpu_ms = milliseconds_each(spent, mixture.requests)
        yield replace(_mixed_row(mixture, ended_seconds, faults), cpu_ms=cpu_ms)
    if "memory" in plan.rows:
        yield from _memory_rows(memories, mixture.requests)


def _send(mixture: Mixture, plan: Plan) -> None:
    requests = plan.memory_requests if "memory" in plan.rows else 0
    recipient_id = mixture.service.make_recipient()
    payout_id = int(mixture.service.ask(same_payout(recipient_id)).body["id"])
    for number in range(_MOST_ROUNDS):
        mixture.send(recipient_id, payout_id, plan.seconds)
        sent = mixture.sent[-1]
        say(
            f"mixed, round {number + 1}: {sent.per_second:,.0f}/s, p50 {sent.p50_ms:.1f} ms,"
            f" p99 {sent.p99_ms:.1f} ms, {mixture.requests:,} requests"
        )
        if number + 1 >= plan.rounds and mixture.requests >= requests:
            return


def _mixed_row(mixture: Mixture, ended_seconds: float, faults: Sequence[str]) -> Row:
    rate = f"{median(each.per_second for each in mixture.sent):,.0f}/s"
    made = f"{len(mixture.made_ids()):,} payouts"
    return Row(
        key="mixed",
        name="mixed: p99",
        unit=" ms",
        figures=[each.p99_ms for each in mixture.sent],
        target=_TIMES_P50,
        sense=Sense.AT_MOST,
        floor="p50",
        floor_figures=[each.p50_ms for each in mixture.sent],
        faults=faults,
        note=f"{rate}; {made} made, the last ended {ended_seconds:.0f} s after the last request",
    )


def _memory_rows(memories: Sequence[Memory], requests: int) -> Iterator[Row]:
    peaks = [(each.name, peak) for each in memories for peak in each.peaks()]
    gains = [(each.name, gain) for each in memories for gain in each.gains()]
    for name, found, target in (
        ("memory gained in the 2nd half", gains, _GAIN_MIB),
        ("memory of the largest process", peaks, _PEAK_MIB),
    ):
        processes = ", ".join(f"{process} {figure:.1f}" for process, figure in found)
        yield Row(
            key="memory",
            name=name,
            unit=" MiB",
            figures=[max(figure for _, figure in found)],
            target=target,
            sense=Sense.AT_MOST,
            note=f"{requests:,} requests; {processes} MiB",
        )
