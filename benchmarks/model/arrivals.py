"""Who sends: so many connections that wait for each answer, or clients that come when they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.model.cost import Work
from benchmarks.model.host import Process, Steps
from benchmarks.model.service import Service

_WARM_UP_SHARE = 0.2


@dataclass
class Seen:
    """What was measured in a while of load, after a part of it that does not count."""

    service: Service
    lasts_ms: float
    times_ms: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.times_ms) / self.lasts_ms * 1000

    def percentile_ms(self, percent: float) -> float:
        return percentile(self.times_ms, percent)

    def run(self) -> None:
        world = self.service.world
        world.run(until=world.now + self.lasts_ms * _WARM_UP_SHARE)
        self.times_ms.clear()
        self.service.completed_ms.clear()
        world.run(until=world.now + self.lasts_ms)


def percentile(times_ms: Sequence[float], percent: float) -> float:
    ordered = sorted(times_ms)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] if ordered else 0.0


def send_in_turn(
    service: Service, shares: Mapping[Work, float], *, connections: int, lasts_ms: float
) -> Seen:
    """Send on connections that send again once they are answered; each stays with a process."""
    seen = Seen(service, lasts_ms)
    world = service.world

    def connection(web: Process) -> Steps:
        kinds, weights = list(shares), list(shares.values())
        while True:
            [work] = world.chance.choices(kinds, weights)
            started_at = world.now
            yield from service.answer(work, web)
            seen.times_ms.append(world.now - started_at)

    for _ in range(connections):
        world.process(connection(world.chance.choice(service.web)))
    seen.run()
    return seen


def send_at_random(service: Service, per_second: Mapping[Work, float], *, lasts_ms: float) -> Seen:
    """Send as many who know nothing of each other do (a Poisson process), to any web process."""
    seen = Seen(service, lasts_ms)
    world = service.world

    def one(work: Work) -> Steps:
        started_at = world.now
        yield from service.answer(work, world.chance.choice(service.web))
        seen.times_ms.append(world.now - started_at)

    def clients(work: Work, rate: float) -> Steps:
        while True:
            yield world.timeout(world.draw(1000 / rate))
            world.process(one(work))

    for work, rate in per_second.items():
        world.process(clients(work, rate))
    seen.run()
    return seen


def work_off(service: Service, *, lasts_ms: float, at_once: int) -> float:
    """Process payouts of which there are always enough; return how many a second."""
    world = service.world

    def thread() -> Steps:
        while True:
            yield from service.process(world.now)

    for _ in range(at_once):
        world.process(thread())
    Seen(service, lasts_ms).run()
    return len(service.completed_ms) / lasts_ms * 1000
