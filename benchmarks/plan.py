"""What to measure, and for how long."""

from dataclasses import dataclass
from time import monotonic

# In the order of the table.
ROWS = (
    "post",
    "list",
    "list-written",
    "one",
    "replay",
    "drf-hello",
    "processing",
    "processing-slow",
    "webhooks",
    "mixed",
    "growth",
    "memory",
)
SMALL = 5_000
_QUICK_SECONDS = 45
_NOT_QUICK = {"drf-hello", "processing-slow", "webhooks", "growth", "memory"}


@dataclass(frozen=True, slots=True)
class Plan:
    """Growth compares `payouts` with SMALL of them; requests are measured with `payouts`.

    A quick plan begins no row after `ends_at` and judges only faults.
    """

    rows: tuple[str, ...] = ROWS
    payouts: int = 5_000_000
    rounds: int = 5
    seconds: float = 5
    memory_requests: int = 200_000
    ends_at: float | None = None

    @classmethod
    def quick(cls) -> "Plan":
        """Return the rows that fit into a minute, with one round of one second each."""
        return cls(
            rows=tuple(row for row in ROWS if row not in _NOT_QUICK),
            payouts=SMALL,
            rounds=1,
            seconds=1,
            ends_at=monotonic() + _QUICK_SECONDS,
        )

    @property
    def judges(self) -> bool:
        return self.ends_at is None

    def wants(self, *rows: str) -> bool:
        has_time = self.ends_at is None or monotonic() < self.ends_at
        return has_time and any(row in self.rows for row in rows)
