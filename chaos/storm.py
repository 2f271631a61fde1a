"""Faults, one after the other in each of some lanes, so that they also meet."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread
from time import monotonic, sleep

from chaos.faults import FAULTS, LANES, Fault, Moment
from chaos.stack import Stack

_PAUSE_SECONDS = (0.3, 1.5)


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault at work; times are of the monotonic clock."""

    fault: str
    started: float
    ended: float

    @property
    def strikes(self) -> frozenset[str]:
        return FAULTS[self.fault].strikes


@dataclass
class Storm:
    """Each fault strikes at least once, in an order that the seed decides."""

    stack: Stack
    faults: Sequence[str]
    seed: int
    haste: float
    strikes: list[Strike] = field(default_factory=list)
    now: dict[str, str] = field(default_factory=dict)
    _enough: Event = field(default_factory=Event)
    _errors: list[Exception] = field(default_factory=list)

    @contextmanager
    def raging(self) -> Iterator[None]:
        """Let it rage for the length of the block; raise what went wrong with a fault itself."""
        lanes = [
            Thread(target=self._run, args=[name, kinds], name=name, daemon=True)
            for name, kinds in LANES.items()
        ]
        for lane in lanes:
            lane.start()
        try:
            yield
        finally:
            self._enough.set()
            for lane in lanes:
                lane.join()
        if self._errors:
            raise self._errors[0]

    def _run(self, lane: str, kinds: Mapping[str, Fault]) -> None:
        random = Random(f"{lane} {self.seed}")
        wanted = [name for name in kinds if name in self.faults]
        try:
            for number, name in enumerate(_shuffled_for_ever(wanted, random)):
                if number >= len(wanted) and self._enough.is_set():
                    break
                sleep(random.uniform(*_PAUSE_SECONDS) / self.haste)
                self._strike(lane, name, kinds[name], random)
        except Exception as error:  # told when the storm is over: a thread has nobody to tell
            self._errors.append(error)

    def _strike(self, lane: str, name: str, fault: Fault, random: Random) -> None:
        seconds = random.uniform(*fault.lasts_seconds) / self.haste
        self.now[lane] = name
        started = monotonic()
        fault.inject(Moment(self.stack, random, seconds))
        self.strikes.append(Strike(name, started, monotonic()))
        del self.now[lane]


def _shuffled_for_ever(names: Sequence[str], random: Random) -> Iterator[str]:
    while names:
        yield from random.sample(names, len(names))
