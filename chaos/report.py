"""The result of a run: faults, the bank's behaviours, invariants and violations."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from chaos.fault_coverage import Coverage, FaultCoverage, measure_coverage
from chaos.invariants.violation import Violation
from chaos.run_records import RunRecords, overlaps


@dataclass(frozen=True, slots=True)
class FaultResult:
    """How often a fault took effect, how many payouts were unfinished then, and what broke."""

    name: str
    times: int
    payouts: int
    violations: int
    coverage: str


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """How many payouts met a behaviour of the bank, and how many violations they have."""

    name: str
    payouts: int
    violations: int


@dataclass(frozen=True)
class Report:
    records: RunRecords
    violations: Sequence[Violation]
    command: str
    seconds: float

    @property
    def untested_faults(self) -> list[str]:
        """Return the faults that should have met an unfinished payout and never did."""
        return [each.name for each in self._coverage if each.coverage is Coverage.NOT_TESTED]

    @property
    def has_passed(self) -> bool:
        return not self.violations and not self.untested_faults

    @property
    def statuses(self) -> dict[str, int]:
        return dict(
            Counter(
                "needs_review" if payout["needs_review"] else payout["status"]
                for payout in self.records.payouts
            )
        )

    @property
    def failed_webhooks(self) -> int:
        return sum(not each.is_accepted for each in self.records.webhooks)

    @property
    def slowest_request_seconds(self) -> float:
        return max((call.ended - call.started for call in self.records.clients.calls), default=0)

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "seconds": round(self.seconds, 1),
            "payouts": len(self.records.payouts),
            "statuses": self.statuses,
            "transfers": len(self.records.ledger),
            "requests": len(self.records.clients.calls),
            "events": len(self.records.feed),
            "webhooks": len(self.records.webhooks),
            "webhooks_failed": self.failed_webhooks,
            "slowest_request_seconds": round(self.slowest_request_seconds, 2),
            "faults": [asdict(each) for each in self.faults()],
            "untested_faults": self.untested_faults,
            "bank_behaviours": [asdict(each) for each in self.bank_behaviours()],
            "violations": [
                {"invariant": each.invariant, "payout": each.payout_id, "text": each.text}
                for each in self.violations
            ],
        }

    def faults(self) -> Iterator[FaultResult]:
        """A violation counts for every fault during which its payout or its request was open."""
        for each in self._coverage:
            yield FaultResult(
                name=each.name,
                times=len(each.periods),
                payouts=len(each.payout_ids),
                violations=sum(self._is_during(violation, each) for violation in self.violations),
                coverage=each.coverage,
            )

    def bank_behaviours(self) -> Iterator[BehaviourResult]:
        names = {
            payout["id"]: self.records.planned[payout["idempotency_key"]].behaviour_name
            for payout in self.records.payouts
        }
        violations = Counter(names.get(each.payout_id or 0) for each in self.violations)
        for name, count in sorted(Counter(names.values()).items()):
            yield BehaviourResult(name, count, violations[name])

    @cached_property
    def _coverage(self) -> list[FaultCoverage]:
        return measure_coverage(self.records)

    def _is_during(self, violation: Violation, fault: FaultCoverage) -> bool:
        if call := violation.call:
            return overlaps(self.records.period(call.started, call.ended), fault.periods)
        return violation.payout_id in fault.payout_ids
