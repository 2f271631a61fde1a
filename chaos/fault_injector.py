"""Injects faults while payouts are processed: one after the other in each of the groups."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread
from time import monotonic, sleep

import psutil

from chaos.faults.catalogue import FAULTS, GROUPS
from chaos.faults.fault import Fault, FaultContext
from chaos.stack import START_LIMIT_SECONDS, Stack

_PAUSE_SECONDS = (0.3, 1.5)
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """A fault that was injected, and whether it affected anything.

    Times are of the monotonic clock.
    """

    name: str
    started: float
    ended: float
    took_effect: bool

    @property
    def disrupts(self) -> frozenset[str]:
        return FAULTS[self.name].disrupts


@dataclass
class FaultInjector:
    """Injects each of the faults at least once, in an order that follows from the seed.

    `speedup` divides the durations of faults and pauses.
    """

    stack: Stack
    faults: Sequence[str]
    seed: int
    speedup: float
    injected: list[InjectedFault] = field(default_factory=list)
    current: dict[str, str] = field(default_factory=dict)
    _stopping: Event = field(default_factory=Event)
    _errors: list[Exception] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inject faults for the length of the block, and after it those still to come.

        Raises the error of a fault that could not be injected.
        """
        threads = [
            Thread(target=self._run, args=[name, group], name=name, daemon=True)
            for name, group in GROUPS.items()
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()
        if self._errors:
            raise self._errors[0]

    def _run(self, group_name: str, group: Mapping[str, Fault]) -> None:
        random = Random(f"{group_name} {self.seed}")
        wanted = [name for name in group if name in self.faults]
        try:
            for number, name in enumerate(_shuffled_rounds(wanted, random)):
                if number >= len(wanted) and self._stopping.is_set():
                    break
                self._inject(group_name, name, random)
        except Exception as error:  # `running` raises it: nothing catches what a thread raises
            self._errors.append(error)

    def _inject(self, group_name: str, name: str, random: Random) -> None:
        fault = FAULTS[name]
        sleep(random.uniform(*_PAUSE_SECONDS) / self.speedup)
        seconds = random.uniform(*fault.lasts_seconds) / self.speedup
        target = self._find_target(fault, random)
        context = FaultContext(self.stack, random, seconds, target, self._stopping)
        self.current[group_name] = name
        started = monotonic()
        took_effect = fault.inject(context)
        self.injected.append(InjectedFault(name, started, monotonic(), took_effect))
        del self.current[group_name]

    def _find_target(self, fault: Fault, random: Random) -> psutil.Process | None:
        """Wait until one of the targets works.

        To kill a process again before it works would test nothing, and stop the service for good.
        """
        if not fault.targets:
            return None
        name = random.choice(fault.targets)
        ends_at = monotonic() + START_LIMIT_SECONDS
        while monotonic() < ends_at:
            process = self.stack.find_process(name)
            if process and self.stack.is_at_work(name, process):
                return process
            sleep(_POLL_SECONDS)
        return None


def _shuffled_rounds(names: Sequence[str], random: Random) -> Iterator[str]:
    while names:
        yield from random.sample(names, len(names))
