"""When and how this process reacts to signals."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handled_by(handler: Callable[[int], None], *numbers: signal.Signals) -> Iterator[None]:
    """Call the handler for these signals during the block."""
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
    """Delay ending signals until the end of the block, which must not be left half done."""
    arrived: list[int] = []
    try:
        with handled_by(arrived.append, *ENDING_SIGNALS):
            yield
    finally:
        for number in arrived:
            signal.raise_signal(number)


@contextmanager
def raising_signals(*numbers: signal.Signals) -> Iterator[None]:
    """Raise SystemExit on these signals, so that context managers clean up."""

    def leave(number: int) -> None:
        raise SystemExit(128 + number)

    with handled_by(leave, *numbers):
        yield


class Interruptions:
    """Counts ending signals: the first requests a graceful stop, the second an immediate one."""

    def __init__(self) -> None:
        self._count = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        with handled_by(self._record, *ENDING_SIGNALS):
            yield

    def stop_requested(self) -> bool:
        return self._count > 0

    def kill_requested(self) -> bool:
        return self._count > 1

    def _record(self, _number: int) -> None:
        self._count += 1
