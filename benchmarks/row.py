"""A row of the table: what was measured, what it is measured against, and whether it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any

# Nearly nothing, where little is good, is not shown as infinitely better.
_MOST_TIMES = 10


class Sense(StrEnum):
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of several rounds, and as many of the floor that ran beside them.

    The figure that is judged is the ratio of their medians, or the median itself where there is
    no floor. A fault, such as a failed request, breaks a row whatever its figure is. `cpu_ms` is
    the processor time of one piece of work, by who spent it.
    """

    key: str
    name: str
    unit: str
    figures: Sequence[float]
    target: float
    sense: Sense = Sense.AT_LEAST
    floor: str = ""
    floor_figures: Sequence[float] = ()
    faults: Sequence[str] = ()
    note: str = ""
    cpu_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def judged(self) -> float:
        if not self.floor_figures:
            return median(self.figures)
        return median(self.figures) / median(self.floor_figures)

    @property
    def holds(self) -> bool:
        within = (
            self.judged >= self.target
            if self.sense is Sense.AT_LEAST
            else self.judged <= self.target
        )
        return within and not self.faults

    @property
    def times_target(self) -> float:
        """Tell how much better than its target the row is; 1 is just good enough."""
        if self.sense is Sense.AT_LEAST:
            return self.judged / self.target
        return self.target / max(self.judged, self.target / _MOST_TIMES)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "unit": self.unit,
            "median": round(median(self.figures), 3),
            "figures": [round(each, 3) for each in self.figures],
            "floor": self.floor or None,
            "floor_median": round(median(self.floor_figures), 3) if self.floor_figures else None,
            "floor_figures": [round(each, 3) for each in self.floor_figures],
            "judged": round(self.judged, 3),
            "sense": self.sense.value,
            "target": self.target,
            "note": self.note or None,
            "cpu_ms": {name: round(each, 4) for name, each in self.cpu_ms.items()},
            "faults": list(self.faults),
            "holds": self.holds,
        }
