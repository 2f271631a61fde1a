"""Work that a request leaves to a thread beside it, which does several pieces at once."""

from collections import deque
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from time import sleep
from typing import Final

# What comes within this time is done together; it must not keep anything waiting noticeably.
_REST_SECONDS: Final = 0.03
_MOST_AT_ONCE: Final = 64
_MOST_WAITING: Final = 1024


class Gathering[Piece]:
    """Hand pieces of work over, and go on; a thread does what has come, rests, and looks again.

    Only for what may be lost: with the process, or when more comes than can be done.
    """

    def __init__(self, *, name: str, do: Callable[[list[Piece]], object]) -> None:
        self._name = name
        self._do = do
        self._waiting: deque[Piece] = deque(maxlen=_MOST_WAITING)
        self._has_come = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, pieces: Iterable[Piece]) -> None:
        self._waiting.extend(pieces)
        self._has_come.set()
        # Not before there is work: the processes of the web are forked after this was made.
        if not self._thread:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if not self._thread:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._has_come.wait()
            self._has_come.clear()
            while pieces := [self._waiting.popleft() for _ in range(self._at_once())]:
                self._do(pieces)
                sleep(_REST_SECONDS)

    def _at_once(self) -> int:
        return min(len(self._waiting), _MOST_AT_ONCE)
