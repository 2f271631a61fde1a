"""The kinds of work, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmarks.model.assumptions import MESSAGE_MS, WEB_PROCESSES
from benchmarks.model.benchmark import Benchmark
from benchmarks.model.cost import Cost, Work
from benchmarks.model.formulas import messages_each

_MIXED_READS, _MIXED_WRITES = 0.7, 0.3
# How the rows' requests go to PostgreSQL; a replay's INSERT comes to nothing, and it looks.
_OTHER_TRIPS = {"list-cached": 1, "replay": 2}


@dataclass(frozen=True, slots=True)
class Costs:
    """At first those of the rows that measured each kind of work alone.

    After each write the first page costs what a page costs that nobody asked for before. Messages
    cost apart, by how many payouts each tells of.
    """

    benchmark: Benchmark
    post: Work
    page: Work
    one: Work
    process: Work

    @classmethod
    def of(cls, benchmark: Benchmark) -> "Costs":
        cost, post = benchmark.cost, benchmark.cost("post")
        fastest = benchmark.cores * 1000 / post.total / WEB_PROCESSES
        return cls(
            benchmark,
            post=Work(post + _messages(fastest).times(-1), writes=True),
            page=Work(cost("list")),
            one=Work(cost("one")),
            process=Work(cost("processing"), trips=2, writes=True),
        )

    def alone(self) -> Mapping[str, Work]:
        """Return the requests of the rows of one kind."""
        rows = self.benchmark.rows
        others = {
            key: Work(self.benchmark.cost(key), trips)
            for key, trips in _OTHER_TRIPS.items()
            if key in rows
        }
        return {"post": self.post, "list": self.page, "one": self.one, **others}

    def mixture(self, *, reads: float, writes: float) -> Mapping[Work, float]:
        """Share reads out: half are of the first page, half of one payout."""
        return {self.page: reads / 2, self.one: reads / 2, self.post: writes}

    def per_second(self, *, reads: float, writes: float, web: int) -> Cost:
        """Return what so many requests a second take, and the payouts that they make."""
        cost = (self.process.cost + _messages(writes / web)).times(writes)
        for work, rate in self.mixture(reads=reads, writes=writes).items():
            cost += work.cost.times(rate)
        return cost

    def as_mixed(self) -> "Costs":
        """Return what they cost while all is done at once, by what the mixed row took."""
        factor = self.mixed_factor()
        names = ("post", "page", "one", "process")
        return replace(self, **{name: getattr(self, name).times(factor) for name in names})

    def mixed_factor(self) -> Cost:
        rate = self.benchmark.mixed_per_second()
        expected = self.per_second(
            reads=rate * _MIXED_READS, writes=rate * _MIXED_WRITES, web=WEB_PROCESSES
        )
        return self.benchmark.cost("mixed").times(rate).over(expected)


def _messages(per_second: float) -> Cost:
    return Cost(web=messages_each(per_second) * MESSAGE_MS)
