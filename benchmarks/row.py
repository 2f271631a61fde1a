"""A row of the table: the figures, what they are compared with, and the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any

# In the picture, a figure near 0 with an upper limit counts as this many times better, not more.
_MAX_TIMES = 10


class Bound(StrEnum):
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of several rounds, and those of the floor that was measured alternately with them.

    `judged` is the ratio of the medians, or the median itself if there is no floor. A row without
    a target informs only. A fault, such as a failed request, fails the row whatever its figure is.
    `cpu_ms` is the CPU time of one request or one payout, by part of the service.
    """

    key: str
    name: str
    unit: str
    figures: Sequence[float]
    target: float | None
    bound: Bound = Bound.AT_LEAST
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
    def passes(self) -> bool:
        return not self.faults and (self.target is None or self.times_target >= 1)

    @property
    def times_target(self) -> float:
        """Return how many times better than its target the row is; 1 just passes."""
        if self.target is None:
            return 1
        if self.bound is Bound.AT_LEAST:
            return self.judged / self.target
        return self.target / max(self.judged, self.target / _MAX_TIMES)

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
            "bound": self.bound.value,
            "target": self.target,
            "note": self.note or None,
            "cpu_ms": {name: round(each, 4) for name, each in self.cpu_ms.items()},
            "faults": list(self.faults),
            "passes": self.passes,
        }
