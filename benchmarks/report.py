"""The result of a run: the tables, the figures as JSON, and the exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from benchmarks.plan import Plan
from benchmarks.row import Row
from benchmarks.table import cpu_table, table


@dataclass(frozen=True, slots=True)
class Report:
    plan: Plan
    machine: Mapping[str, Any]
    load: str
    at: datetime
    seconds: float
    rows: Sequence[Row]

    @property
    def exit_code(self) -> int:
        """Return 1 if a row misses its target or has a fault; a quick run judges only faults."""
        if self.plan.judges:
            return 0 if all(row.passes for row in self.rows) else 1
        return 1 if any(row.faults for row in self.rows) else 0

    def as_text(self) -> str:
        machine = self.machine
        lines = [
            table(self.rows, judged=self.plan.judges),
            "",
            cpu_table(self.rows),
            "",
            f"{machine['cores']} cores ({machine['processor']}), Python {machine['python']},"
            f" Django {machine['django']}, granian {machine['granian']},",
            f"PostgreSQL {machine['postgresql']}, Redis {machine['redis']}; load by {self.load};"
            f" {self.plan.payouts:,} payouts,",
            f"{self.plan.rounds} rounds of {self.plan.seconds:g} s; {self.at:%Y-%m-%d %H:%M} UTC,"
            f" {self.seconds:.0f} s in all",
        ]
        if not self.plan.judges:
            lines.append("A quick run is too short to judge the figures.")
        if missing := [key for key in self.plan.rows if key not in {row.key for row in self.rows}]:
            lines.append(f"Not measured, because the time was up: {', '.join(missing)}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        plan = {name: value for name, value in asdict(self.plan).items() if name != "ends_at"}
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds),
            "judged": self.plan.judges,
            "plan": plan,
            "load": self.load,
            "machine": dict(self.machine),
            "rows": [row.as_json() for row in self.rows],
        }
