"""Rounds: the row and its floor in turn, so that what the machine does meanwhile meets both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.load import Sent
from benchmarks.row import Row
from benchmarks.screen import say


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of HTTP and its floor: each sends for so many seconds when it is called."""

    key: str
    name: str
    target: float
    row: Callable[[float], Sent]
    floor_name: str
    floor: Callable[[float], Sent]


def measure(pair: Pair, *, rounds: int, seconds: float) -> Row:
    """Warm both up, then let them take turns; who goes first changes from round to round."""
    figures: list[Sent] = []
    floor_figures: list[Sent] = []
    for send in (pair.row, pair.floor):
        send(min(seconds, 2))
    for number in range(rounds):
        turns = [partial(_note, figures, pair.row), partial(_note, floor_figures, pair.floor)]
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn(seconds)
        say(
            f"{pair.name}, round {number + 1}: {figures[-1].per_second:,.0f}/s beside "
            f"{floor_figures[-1].per_second:,.0f}/s, "
            f"{figures[-1].per_second / floor_figures[-1].per_second:.2f}"
        )
    return Row(
        name=pair.name,
        unit="/s",
        figures=[each.per_second for each in figures],
        target=pair.target,
        floor=pair.floor_name,
        floor_figures=[each.per_second for each in floor_figures],
        faults=[
            f"{each.failed} of {each.requests} requests failed"
            for each in (*figures, *floor_figures)
            if each.failed
        ],
    )


def _note(kept: list[Sent], send: Callable[[float], Sent], seconds: float) -> None:
    kept.append(send(seconds))
