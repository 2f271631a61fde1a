"""What is to be measured, and for how long."""

from dataclasses import dataclass
from time import monotonic

# In the order of the table.
ROWS = (
    "post",
    "list-cached",
    "list",
    "one",
    "replay",
    "processing",
    "processing-slow",
    "mixed",
    "growth",
    "memory",
)
SMALL = 5_000
# What begins in time ends in time.
_QUICK_SECONDS = 45


@dataclass(frozen=True, slots=True)
class Plan:
    """`payouts` are there when requests are measured; growth is judged against SMALL of them.

    A quick plan has an end, after which no row is begun, and judges nothing but faults.
    """

    rows: tuple[str, ...] = ROWS
    payouts: int = 5_000_000
    rounds: int = 5
    seconds: float = 5
    memory_requests: int = 200_000
    ends_at: float | None = None

    @classmethod
    def quick(cls) -> "Plan":
        """Everything that can be seen in a minute, once and for a second."""
        return cls(
            rows=tuple(row for row in ROWS if row not in {"processing-slow", "growth", "memory"}),
            payouts=SMALL,
            rounds=1,
            seconds=1,
            ends_at=monotonic() + _QUICK_SECONDS,
        )

    @property
    def judges(self) -> bool:
        return self.ends_at is None

    def wants(self, *rows: str) -> bool:
        in_time = self.ends_at is None or monotonic() < self.ends_at
        return in_time and any(row in self.rows for row in rows)
