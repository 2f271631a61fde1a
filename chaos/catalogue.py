"""Services that are known to be wrong, and the invariant that each breaks.

A harness that cannot see an error proves nothing by seeing none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from chaos.run import Plan

# What is wrong shows early; some of these never end by themselves.
_END_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    name: str
    text: str
    breaks: str
    behaviours: Sequence[str]
    faults: Sequence[str] = ()
    rate: float = 20
    is_in_worker: bool = True
    bank: Mapping[str, str] = field(default_factory=dict)

    def plan(self, seed: int) -> Plan:
        worker = ("-m", "chaos.controls", self.name) if self.is_in_worker else Plan.USUAL_WORKER
        return Plan(
            payouts=40,
            rate=self.rate,
            seed=seed,
            faults=self.faults,
            behaviours=self.behaviours,
            worker=worker,
            bank=self.bank,
            end_seconds=_END_SECONDS,
            is_control=True,
        )


_ALL = (
    Control(
        name="timeout-is-failure",
        text="what the bank does not answer in time is FAILED",
        breaks="I4",
        behaviours=("", "LOST", "STALL"),
    ),
    Control(
        name="new-reference",
        text="each attempt goes under a reference of its own",
        breaks="I1",
        behaviours=("", "LOST"),
    ),
    Control(
        name="no-fence",
        text="whoever comes last writes the outcome; the lease is shorter than the bank is slow",
        breaks="I6",
        behaviours=("SLOW",),
        faults=("doorbells-doubled",),
        rate=5,
    ),
    Control(
        name="no-keys",
        text="the service as it is, and a bank without idempotency keys",
        breaks="I1",
        # Whoever sends again has looked up before, so only an order that is taken after that counts
        # twice: with LATE, when the sweep that comes every 5 s falls into the last second before.
        behaviours=("LATE",),
        rate=5,
        is_in_worker=False,
        bank={"BANK_KEEPS_KEYS": "false"},
    ),
)
CONTROLS: Final = MappingProxyType({control.name: control for control in _ALL})
