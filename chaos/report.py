"""The verdict: fault by fault, invariant by invariant."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from chaos.evidence import Evidence
from chaos.invariants import INVARIANTS, Violation
from chaos.orders import Order

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Cause:
    """A fault or a behaviour of the bank: how often, beside how many payouts, what broke."""

    name: str
    times: int
    payouts: int
    violations: int


@dataclass(frozen=True, slots=True)
class Report:
    evidence: Evidence
    violations: Sequence[Violation]
    command: str
    seconds: float

    def print(self, console: Console) -> None:
        console.print(self._causes())
        console.print(self._invariants())
        for violation in self.violations[:_MOST_SHOWN]:
            where = f" (payout {violation.payout_id})" if violation.payout_id else ""
            console.print(f"[red]{violation.invariant}[/red]{where}: {violation.text}")
        if len(self.violations) > _MOST_SHOWN:
            console.print(f"... and {len(self.violations) - _MOST_SHOWN} more")
        console.print(self._summary())
        console.print(f"Repeat: {self.command}", soft_wrap=True)

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "seconds": round(self.seconds, 1),
            "payouts": len(self.evidence.payouts),
            "statuses": self._statuses(),
            "transfers": len(self.evidence.ledger),
            "requests": len(self.evidence.told.calls),
            "slowest_request_seconds": round(self._slowest(), 2),
            "causes": [
                {
                    "name": cause.name,
                    "times": cause.times,
                    "payouts": cause.payouts,
                    "violations": cause.violations,
                }
                for cause in self.causes()
            ],
            "violations": [
                {"invariant": each.invariant, "payout": each.payout_id, "text": each.text}
                for each in self.violations
            ],
        }

    def causes(self) -> list[Cause]:
        """Each violation counts for all that went on while its payout or its request lived."""
        return [*self._faults(), *self._behaviours()]

    def _faults(self) -> Iterator[Cause]:
        evidence = self.evidence
        lives = self._lives()
        for name in sorted({strike.fault for strike in evidence.strikes}):
            windows = [
                (evidence.at(strike.started), evidence.at(strike.ended))
                for strike in evidence.strikes
                if strike.fault == name
            ]
            beside = {each for each, life in lives.items() if _meets(life, windows)}
            broken = sum(self._happened_in(each, beside, windows) for each in self.violations)
            yield Cause(name, len(windows), len(beside), broken)

    def _behaviours(self) -> Iterator[Cause]:
        kinds = {
            payout["id"]: self._order(payout["idempotency_key"]).kind
            for payout in self.evidence.payouts
        }
        broken = Counter(kinds.get(each.payout_id or 0) for each in self.violations)
        for kind, count in sorted(Counter(kinds.values()).items()):
            yield Cause(f"bank: {kind}", count, count, broken[kind])

    def _happened_in(
        self, violation: Violation, payouts: set[int], windows: Sequence[tuple[datetime, datetime]]
    ) -> bool:
        if violation.call:
            call = violation.call
            return _meets((self.evidence.at(call.started), self.evidence.at(call.ended)), windows)
        return violation.payout_id in payouts

    def _lives(self) -> dict[int, tuple[datetime, datetime]]:
        ends = {event["payout_id"]: event["at"] for event in self.evidence.events}
        return {
            payout["id"]: (payout["created_at"], ends[payout["id"]])
            for payout in self.evidence.payouts
        }

    def _order(self, key: str) -> Order:
        return self.evidence.orders[key]

    def _statuses(self) -> dict[str, int]:
        return dict(
            Counter(
                "needs_review" if payout["needs_review"] else payout["status"]
                for payout in self.evidence.payouts
            )
        )

    def _slowest(self) -> float:
        return max((call.ended - call.started for call in self.evidence.told.calls), default=0)

    def _summary(self) -> str:
        told = self.evidence.told
        statuses = ", ".join(f"{count} {name}" for name, count in sorted(self._statuses().items()))
        return (
            f"{len(self.evidence.payouts)} payouts ({statuses}), "
            f"{len(self.evidence.ledger)} transfers, {len(told.calls)} requests, the slowest "
            f"{self._slowest():.1f} s, {len(self.evidence.strikes)} faults, {self.seconds:.0f} s"
        )

    def _causes(self) -> Table:
        table = Table("fault", *(_right(name) for name in ("times", "payouts", "violations")))
        for cause in self.causes():
            row = (cause.times, cause.payouts, cause.violations)
            table.add_row(
                cause.name, *(str(number) for number in row), style="red" if row[-1] else None
            )
        return table

    def _invariants(self) -> Table:
        broken = Counter(violation.invariant for violation in self.violations)
        table = Table("invariant", "", _right("violations"))
        for name, (text, _) in INVARIANTS.items():
            table.add_row(name, text, str(broken[name]), style="red" if broken[name] else None)
        return table


def _right(name: str) -> Column:
    return Column(name, justify="right")


def _meets(life: tuple[datetime, datetime], windows: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(started <= life[1] and life[0] <= ended for started, ended in windows)
