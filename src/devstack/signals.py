"""When signals are acted upon."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handled_by(handler: Callable[[int], None], *numbers: signal.Signals) -> Iterator[None]:
    """Have the handler called for these signals during the block."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python handles signals in the main thread only
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        handler(number)

    previous = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Hold ending signals back until the block is over: half a start cannot be undone."""
    arrived: list[int] = []
    try:
        with handled_by(arrived.append, *ENDING_SIGNALS):
            yield
    finally:
        for number in arrived:
            signal.raise_signal(number)


@contextmanager
def raising_signals(*numbers: signal.Signals) -> Iterator[None]:
    """Turn the signals into SystemExit, so that what the block has opened is closed."""

    def leave(number: int) -> None:
        raise SystemExit(128 + number)

    with handled_by(leave, *numbers):
        yield


class Forwarding:
    """Passes signals on to a process, those too that arrive before there is one."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self._numbers = numbers
        self._early: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Forward; ending signals that are not to be forwarded are left to the process alone."""
        with handled_by(self._forward, *ENDING_SIGNALS):
            yield

    def to(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def _forward(self, number: int) -> None:
        if number not in self._numbers:
            return
        if self._process:
            self._process.send_signal(number)
        else:
            self._early.append(number)


class Interruptions:
    """Counts ending signals: the first asks for a gentle end, the next one for a quick one."""

    def __init__(self) -> None:
        self._count = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        with handled_by(self._note, *ENDING_SIGNALS):
            yield

    def requested(self) -> bool:
        return self._count > 0

    def hurried(self) -> bool:
        return self._count > 1

    def _note(self, _number: int) -> None:
        self._count += 1
