"""A run of the benchmark, as it wrote it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.model.cost import Cost

_NAMES = {"web": "web", "worker": "worker", "PostgreSQL": "database", "Redis": "redis"}
_NEEDED = ("post", "list", "one", "processing")
_RATE = re.compile(r"([\d,]+)/s")


class UnusableBenchmarkError(Exception):
    """The file lacks what the model starts from."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What `python -m benchmarks --json` has written."""

    cores: int
    rows: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Benchmark":
        written = json.loads(path.read_text())
        # There are several rows of growth and of memory, which the model has no use for.
        rows = {row["key"]: row for row in written["rows"]}
        if lacking := [key for key in _NEEDED if not rows.get(key, {}).get("cpu_ms")]:
            raise UnusableBenchmarkError(f"{path}: no processor time of {', '.join(lacking)}")
        return cls(written["machine"]["cores"], rows)

    def cost(self, key: str) -> Cost:
        return Cost(**{_NAMES[name]: ms for name, ms in self.rows[key]["cpu_ms"].items()})

    def median(self, key: str) -> float:
        return float(self.rows[key]["median"])

    @property
    def has_mixed(self) -> bool:
        return "mixed" in self.rows

    def mixed_per_second(self) -> float:
        """Read it from the note: the row's own figures are times."""
        found = _RATE.match(self.rows["mixed"]["note"])
        assert found, self.rows["mixed"]
        return float(found[1].replace(",", ""))

    def mixed_percentiles_ms(self) -> Mapping[int, float]:
        row = self.rows["mixed"]
        return {50: float(row["floor_median"]), 99: float(row["median"])}
