"""The world of the simulation, its hosts and their cores, and Python's processes on them."""

from collections.abc import Generator
from random import Random
from typing import Any

from simpy import Environment, Event, Resource

from benchmarks.model.assumptions import SWITCH_MS, TURN_MS

type Steps = Generator[Event, Any, None]


class World(Environment):
    """Its clock counts milliseconds. The same seed gives the same course of events."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = Random(seed)

    def draw(self, mean_ms: float) -> float:
        """Draw a time; how times spread was not measured, so the widest usual way is taken."""
        return self.chance.expovariate(1 / mean_ms) if mean_ms > 0 else 0.0


class Host:
    """Cores that all who work on the host share by turns."""

    def __init__(self, world: World, cores: int) -> None:
        self._world = world
        self._turns = Resource(world, cores)

    def work(self, work_ms: float) -> Steps:
        left_ms = work_ms
        while left_ms > 0:
            turn_ms = min(left_ms, TURN_MS)
            with self._turns.request() as turn:
                yield turn
                yield self._world.timeout(turn_ms)
            left_ms -= turn_ms


class Process:
    """A Python process: so many threads, of which one at a time has the interpreter."""

    def __init__(self, world: World, host: Host, threads: int) -> None:
        self._host = host
        self._interpreter = Resource(world, 1)
        self.threads = Resource(world, threads)

    def work(self, work_ms: float) -> Steps:
        """Work with the interpreter's lock, also while a core is waited for, as Python does."""
        left_ms = work_ms
        while left_ms > 0:
            turn_ms = min(left_ms, SWITCH_MS)
            with self._interpreter.request() as turn:
                yield turn
                yield from self._host.work(turn_ms)
            left_ms -= turn_ms

    @property
    def taken(self) -> int:
        """How many want a thread, or have one."""
        return self.threads.count + len(self.threads.queue)
