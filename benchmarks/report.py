"""What is handed on: the table, the figures as JSON, and the exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from benchmarks.plan import Plan
from benchmarks.row import Row
from benchmarks.table import table


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
        """1 if a row falls short; where nothing is judged, only if something is broken."""
        if self.plan.judges:
            return 0 if all(row.holds for row in self.rows) else 1
        return 1 if any(row.faults for row in self.rows) else 0

    def as_text(self) -> str:
        machine = self.machine
        lines = [
            table(self.rows, judged=self.plan.judges),
            "",
            f"{machine['cores']} cores ({machine['processor']}), Python {machine['python']},"
            f" Django {machine['django']}, granian {machine['granian']},"
            f" PostgreSQL {machine['postgresql']}; load by {self.load}",
            f"{self.plan.payouts:,} payouts; {self.plan.rounds} rounds of {self.plan.seconds:g} s;"
            f" {self.at:%Y-%m-%d %H:%M} UTC, {self.seconds:.0f} s in all",
        ]
        if not self.plan.judges:
            lines.append("Quick: too short to be judged.")
        if missing := [key for key in self.plan.rows if key not in {row.key for row in self.rows}]:
            lines.append(f"Left out for want of time: {', '.join(missing)}")
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
