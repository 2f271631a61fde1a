"""What is to be measured, and for how long."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Plan:
    """`payouts` are there when requests are measured; growth is judged against SMALL of them."""

    rows: tuple[str, ...]
    payouts: int
    rounds: int
    seconds: float

    def wants(self, *rows: str) -> bool:
        return any(row in self.rows for row in rows)
