"""PostgreSQL and Redis, as far as others wait for them."""

from simpy import Resource

from benchmarks.model.assumptions import COMMIT_MS, VERSION_SHARDS
from benchmarks.model.host import Host, Steps, World


class Stores:
    """They use any core of their host."""

    def __init__(self, world: World, host: Host, network_ms: float) -> None:
        self._world = world
        self._host = host
        self._network_ms = network_ms
        self._shards = [Resource(world, 1) for _ in range(VERSION_SHARDS)]

    def ask(self, work_ms: float, *, writes: bool) -> Steps:
        """Go to PostgreSQL; who writes has a shard of the list's version until it is on disk."""
        if self._network_ms:
            yield self._world.timeout(self._network_ms)
        yield from self._host.work(work_ms)
        if writes:
            with self._world.chance.choice(self._shards).request() as shard:
                yield shard
                yield self._world.timeout(self._world.draw(COMMIT_MS))

    def keep(self, work_ms: float) -> Steps:
        """Have Redis keep a message."""
        yield from self._host.work(work_ms)
