"""Whether each fault of a run took effect while payouts were unfinished.

A fault that never met an unfinished payout has tested nothing. Antithesis calls such a check a
"sometimes assertion".
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chaos.fault_injector import InjectedFault
from chaos.run_records import Period, RunRecords, overlaps

# In a shorter load a fault may find nothing to affect by chance.
SHORTEST_LOAD_SECONDS: Final = 15


class Coverage(StrEnum):
    """NOT_TESTED fails a run. TOO_SHORT: the run gave the fault no fair chance."""

    TESTED = "tested"
    TOO_SHORT = "run too short"
    NOT_TESTED = "NOT TESTED"


@dataclass(frozen=True, slots=True)
class FaultCoverage:
    """A fault, the times at which it took effect, and the payouts unfinished at one of them."""

    name: str
    periods: Sequence[Period]
    payout_ids: frozenset[int]
    coverage: Coverage


def measure_coverage(records: RunRecords) -> list[FaultCoverage]:
    injected: dict[str, list[InjectedFault]] = defaultdict(list)
    for fault in records.faults:
        injected[fault.name].append(fault)
    unfinished = records.unfinished_periods()
    return [_measure(records, name, injected[name], unfinished) for name in sorted(injected)]


def _measure(
    records: RunRecords,
    name: str,
    faults: Sequence[InjectedFault],
    unfinished: Mapping[int, Period],
) -> FaultCoverage:
    periods = [records.period(each.started, each.ended) for each in faults if each.took_effect]
    payout_ids = frozenset(
        payout_id for payout_id, period in unfinished.items() if overlaps(period, periods)
    )
    return FaultCoverage(name, periods, payout_ids, _decide(records, faults, payout_ids))


def _decide(
    records: RunRecords, faults: Sequence[InjectedFault], payout_ids: frozenset[int]
) -> Coverage:
    if payout_ids:
        return Coverage.TESTED
    is_long_enough = records.load_ended - records.load_started >= SHORTEST_LOAD_SECONDS
    had_its_time = any(fault.ended < records.load_ended for fault in faults)
    if is_long_enough and had_its_time:
        return Coverage.NOT_TESTED
    return Coverage.TOO_SHORT
