"""Controls: services that are known to be wrong, and the invariant that each breaks.

A harness that cannot detect an error proves nothing when it detects none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from chaos.run import Plan

# The violation appears early, and some of these services never finish all payouts.
_END_LIMIT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    name: str
    description: str
    breaks: str
    behaviours: Sequence[str]
    faults: Sequence[str] = ()
    rate: float = 20
    has_faulty_worker: bool = True
    bank_settings: Mapping[str, str] = field(default_factory=dict)

    def plan(self, seed: int) -> Plan:
        faulty_worker = ("-m", "chaos.faulty_worker", self.name)
        return Plan(
            payouts=40,
            rate=self.rate,
            seed=seed,
            faults=self.faults,
            behaviours=self.behaviours,
            worker_command=faulty_worker if self.has_faulty_worker else Plan.REAL_WORKER,
            bank_settings=self.bank_settings,
            end_limit_seconds=_END_LIMIT_SECONDS,
            told_limit_seconds=_END_LIMIT_SECONDS,
            is_control=True,
        )


_ALL = (
    Control(
        name="timeout-is-failure",
        description="a payout whose answer from the bank is late or lost becomes FAILED",
        breaks="I4",
        behaviours=("", "LOST", "STALL"),
    ),
    Control(
        name="new-reference",
        description="each attempt uses a reference of its own",
        breaks="I1",
        behaviours=("", "LOST"),
    ),
    Control(
        name="no-fence",
        description="any attempt writes its outcome; the lease is shorter than the bank takes",
        breaks="I6",
        behaviours=("SLOW",),
        faults=("tasks-duplicated",),
        rate=5,
    ),
    Control(
        name="uncounted-attempts",
        description="each attempt sends the order twice",
        breaks="I6",
        behaviours=("",),
    ),
    Control(
        name="failure-is-delivered",
        description="a webhook that was not answered with 2xx counts as delivered",
        breaks="I11",
        behaviours=("",),
    ),
    Control(
        name="no-keys",
        description="the real service with a bank that ignores idempotency keys",
        breaks="I1",
        # A worker looks the transfer up before it sends again, so only an order that the bank
        # accepts after the look-up is paid twice. That is what LATE does, when the second attempt
        # falls into the last second before the bank accepts the first order.
        behaviours=("LATE",),
        rate=5,
        has_faulty_worker=False,
        bank_settings={"BANK_KEEPS_KEYS": "false"},
    ),
)
CONTROLS: Final = MappingProxyType({control.name: control for control in _ALL})
