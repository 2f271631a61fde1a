"""Rounds: the row and its floor in turn, so that what the machine does meanwhile meets both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.plan import Plan
from benchmarks.row import Row
from benchmarks.screen import say

_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one turn; a fault is what must not happen, however fast it did.

    `cpu_ms` is the processor time of one piece of work, by who spent it.
    """

    per_second: float
    fault: str = ""
    cpu_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Runner:
    """Does its work for so many seconds when its turn comes.

    One that stays up between its turns is warmed up before the first.
    """

    name: str
    run: Callable[[float], Done]
    stays_up: bool = True
    done: list[Done] = field(default_factory=list)

    @property
    def figures(self) -> list[float]:
        return [each.per_second for each in self.done]

    def take_turn(self, seconds: float) -> None:
        self.done.append(self.run(seconds))


def measure(
    plan: Plan, key: str, target: float, runner: Runner, floor: Runner | None = None
) -> Row:
    """Let both take turns; who goes first changes from round to round."""
    turns = [runner, floor] if floor else [runner]
    for each in turns:
        if each.stays_up:
            each.run(min(plan.seconds, _WARM_UP_SECONDS))
    for number in range(plan.rounds):
        for each in turns if number % 2 == 0 else turns[::-1]:
            each.take_turn(plan.seconds)
        figures = " beside ".join(f"{each.figures[-1]:,.0f}/s" for each in turns)
        say(f"{runner.name}, round {number + 1} of {plan.rounds}: {figures}")
    return Row(
        key=key,
        name=runner.name,
        unit="/s",
        figures=runner.figures,
        target=target,
        floor=floor.name if floor else "",
        floor_figures=floor.figures if floor else (),
        faults=[done.fault for each in turns for done in each.done if done.fault],
        cpu_ms=medians([done.cpu_ms for done in runner.done]),
    )


def medians(of: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {name: median(each[name] for each in of) for name in of[0]} if of else {}
