"""A workload and its floor alternate, so that other load on the machine affects both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks import progress
from benchmarks.plan import Plan
from benchmarks.row import Row

_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """The result of one run. A fault is something that must never happen, at any speed.

    `cpu_ms` is the CPU time of one request or one payout, by part of the service.
    """

    per_second: float
    fault: str = ""
    cpu_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workload:
    """`run` works for some seconds. With `warms_up` it runs once before it is measured."""

    name: str
    run: Callable[[float], Measurement]
    warms_up: bool = True


def measure(
    plan: Plan, key: str, target: float | None, workload: Workload, floor: Workload | None = None
) -> Row:
    """Measure both alternately. The order changes from round to round."""
    pair = [workload, floor] if floor else [workload]
    results: list[list[Measurement]] = [[] for _ in pair]
    for each in pair:
        if each.warms_up:
            each.run(min(plan.seconds, _WARM_UP_SECONDS))
    for number in range(plan.rounds):
        order = list(zip(pair, results, strict=True))
        for each, measured in order if number % 2 == 0 else order[::-1]:
            measured.append(each.run(plan.seconds))
        figures = " beside ".join(f"{measured[-1].per_second:,.0f}/s" for measured in results)
        progress.show(f"{workload.name}, round {number + 1} of {plan.rounds}: {figures}")
    return Row(
        key=key,
        name=workload.name,
        unit="/s",
        figures=[each.per_second for each in results[0]],
        target=target,
        floor=floor.name if floor else "",
        floor_figures=[each.per_second for each in results[1]] if floor else (),
        faults=[each.fault for measured in results for each in measured if each.fault],
        cpu_ms=_medians([each.cpu_ms for each in results[0]]),
    )


def _medians(of: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {name: median(each[name] for each in of) for name in of[0]}
