"""Doorbells: rung beside the requests of a web process, for several payouts in one message."""

from collections.abc import Callable
from itertools import batched

from benchmarks.model.assumptions import (
    MESSAGE_MS,
    MOST_AT_ONCE,
    MOST_IN_A_MESSAGE,
    REST_MS,
)
from benchmarks.model.host import Process, Steps, World
from benchmarks.model.stores import Stores

type Hear = Callable[[float], None]


class Doorbell:
    """`hear` is told when each payout of a message was accepted, once the message is out."""

    def __init__(self, world: World, web: Process, stores: Stores, hear: Hear) -> None:
        self._world = world
        self._web = web
        self._stores = stores
        self._hear = hear
        self._waiting: list[float] = []
        self._is_busy = False

    def ring(self, accepted_at: float, redis_ms: float) -> None:
        self._waiting.append(accepted_at)
        if not self._is_busy:
            self._is_busy = True
            self._world.process(self._run(redis_ms))

    def _run(self, redis_ms: float) -> Steps:
        while self._waiting:
            taken = self._waiting[:MOST_AT_ONCE]
            del self._waiting[:MOST_AT_ONCE]
            for message in batched(taken, MOST_IN_A_MESSAGE):
                yield from self._web.work(self._world.draw(MESSAGE_MS))
                yield from self._stores.keep(redis_ms * len(message))
                for accepted_at in message:
                    self._hear(accepted_at)
            yield self._world.timeout(REST_MS)
        self._is_busy = False
