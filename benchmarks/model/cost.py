"""What a piece of work takes of each part of the service."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time."""

    web: float = 0
    worker: float = 0
    database: float = 0
    redis: float = 0

    @property
    def total(self) -> float:
        return self.web + self.worker + self.database + self.redis

    @property
    def stores(self) -> float:
        return self.database + self.redis

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Cost)))

    def times(self, factor: "float | Cost") -> "Cost":
        """Multiply all parts by a number, or each part by that of the factor."""
        by = factor if isinstance(factor, Cost) else Cost(factor, factor, factor, factor)
        return Cost(*(getattr(self, f.name) * getattr(by, f.name) for f in fields(Cost)))

    def over(self, other: "Cost") -> "Cost":
        """Return by what each part of the other has to be multiplied to give this."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Cost))
        return Cost(*(ours / theirs if theirs else 1.0 for ours, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Work:
    """A request, or the processing of a payout: before and after each trip to PostgreSQL it is
    Python's turn. A request that writes makes a payout.
    """

    cost: Cost
    trips: int = 1
    writes: bool = False

    def times(self, factor: Cost) -> "Work":
        return Work(self.cost.times(factor), self.trips, self.writes)
