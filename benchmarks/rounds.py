"""Rounds: the row and its floor in turn, so that what the machine does meanwhile meets both."""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.row import Row
from benchmarks.screen import say

_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one turn; a fault is what must not happen, however fast it did."""

    per_second: float
    fault: str = ""


@dataclass
class Runner:
    """Does its work for so many seconds when its turn comes."""

    name: str
    run: Callable[[float], Done]
    done: list[Done] = field(default_factory=list)

    @property
    def figures(self) -> list[float]:
        return [each.per_second for each in self.done]

    def take_turn(self, seconds: float) -> None:
        self.done.append(self.run(seconds))


def measure(
    key: str,
    target: float,
    runner: Runner,
    floor: Runner | None = None,
    *,
    rounds: int,
    seconds: float,
) -> Row:
    """Warm both up, then let them take turns; who goes first changes from round to round."""
    turns = [runner, floor] if floor else [runner]
    for each in turns:
        each.run(min(seconds, _WARM_UP_SECONDS))
    for number in range(rounds):
        for each in turns if number % 2 == 0 else turns[::-1]:
            each.take_turn(seconds)
        figures = " beside ".join(f"{each.figures[-1]:,.0f}/s" for each in turns)
        say(f"{runner.name}, round {number + 1} of {rounds}: {figures}")
    return Row(
        key=key,
        name=runner.name,
        unit="/s",
        figures=runner.figures,
        target=target,
        floor=floor.name if floor else "",
        floor_figures=floor.figures if floor else (),
        faults=[done.fault for each in turns for done in each.done if done.fault],
    )
