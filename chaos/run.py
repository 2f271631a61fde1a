"""One run: start the service, create payouts under faults, wait for their end, check invariants."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import ClassVar, Final

from chaos.client_records import ClientRecords
from chaos.clients import Clients, open_session
from chaos.event_loop import EventLoopThread
from chaos.fault_injector import FaultInjector
from chaos.invariants.catalogue import check_invariants
from chaos.notifications import Notifications, receiving_notifications
from chaos.progress import count_payouts, printed_progress, read_told_events
from chaos.report import Report
from chaos.run_records import RunRecords
from chaos.running_stack import post, run_command, running_stack
from chaos.stack import Stack, wait_until
from chaos.workload import PlannedPayout, plan_payouts

# Enough for a payout that the bank keeps pending: its second look-up comes 40 seconds after its
# first answer, and the sandbox bank settles within 3 seconds.
END_LIMIT_SECONDS: Final = 120
# A worker sends slowly to an endpoint that fails, and waits for a second after five failures.
TOLD_LIMIT_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does.

    `speedup` divides the durations of faults. `end_limit_seconds` is how long payouts may take to
    end after the last fault, `told_limit_seconds` how long it may take after that until clients
    know. `worker_command` and `bank_settings` differ from the usual ones for controls only.
    """

    payouts: int
    rate: float
    seed: int
    faults: Sequence[str]
    REAL_WORKER: ClassVar = ("-m", "chaos.quick_worker")

    speedup: float = 1
    end_limit_seconds: float = END_LIMIT_SECONDS
    told_limit_seconds: float = TOLD_LIMIT_SECONDS
    behaviours: Sequence[str] | None = None
    worker_command: tuple[str, ...] = REAL_WORKER
    bank_settings: Mapping[str, str] | None = None
    is_control: bool = False
    command: str = ""


def execute(plan: Plan, *, home: Path, print_line: Callable[[str], None]) -> Report:
    """Raise what keeps the run itself from going on; violations are in the report."""
    started = monotonic()
    planned = plan_payouts(count=plan.payouts, seed=plan.seed, behaviours=plan.behaviours)
    clients = ClientRecords()
    print_line("Starting the service ...")
    with (
        EventLoopThread.running() as event_loop,
        running_stack(
            home,
            event_loop,
            worker_command=plan.worker_command,
            bank_settings=plan.bank_settings or {},
        ) as stack,
    ):
        injector = FaultInjector(stack, plan.faults, plan.seed, plan.speedup)
        token = run_command(stack, "token", "chaos", "--staff")
        with (
            printed_progress(stack, injector, started, print_line),
            receiving_notifications(stack, clients, token=token, seed=plan.seed) as notifications,
        ):
            load = _create_payouts(stack, injector, planned, clients, plan, token=token)
            _wait_for_end(stack, notifications, plan)
        records = RunRecords.collect(
            stack,
            planned=planned,
            clients=clients,
            faults=injector.injected,
            webhooks=notifications.receiver.requests,
            load=load,
        )
    return Report(records, check_invariants(records), plan.command, monotonic() - started)


def _wait_for_end(stack: Stack, notifications: Notifications, plan: Plan) -> None:
    # Invariants I2, I10 and I11 report what is missing.
    with suppress(TimeoutError):
        wait_until(
            lambda: not count_payouts(stack).unfinished,
            plan.end_limit_seconds,
            "not all payouts ended",
        )
    with suppress(TimeoutError):
        wait_until(
            lambda: notifications.include(read_told_events(stack)),
            plan.told_limit_seconds,
            "not all events were told",
        )


def _create_payouts(
    stack: Stack,
    injector: FaultInjector,
    planned: Sequence[PlannedPayout],
    records: ClientRecords,
    plan: Plan,
    *,
    token: str,
) -> tuple[float, float]:
    """Create all payouts while faults are injected; return when the load started and ended."""
    recipients = {
        behaviour: _create_recipient(stack, token, behaviour)
        for behaviour in sorted({payout.behaviour for payout in planned})
    }

    async def create() -> None:
        async with open_session(base_url=stack.web_url, token=token) as session:
            clients = Clients(session, records, recipients, Random(f"clients {plan.seed}"))
            watching = stack.event_loop.start(clients.watch_list())
            try:
                await clients.create_all(planned, rate=plan.rate)
            finally:
                watching.cancel()

    started = monotonic()
    with injector.running():
        with suppress(CancelledError):
            stack.event_loop.start(create()).result()
        ended = monotonic()
    return started, ended


def _create_recipient(stack: Stack, token: str, behaviour: str) -> int:
    body = {
        "type": "BUSINESS",
        "name": f"Chaos {behaviour}",
        "account_number": f"CHAOS-0001-{behaviour}",
    }
    return int(post(stack, "/api/recipients/", body, token=token)["id"])
