"""Calls that stand still in the middle, so that a test can let others go first, or kill them."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

from django.db import connections

_LIMIT_SECONDS = 30


class KilledError(BaseException):
    """The process is no more; no `except Exception` may go on after this."""


class Call:
    """A use case in a thread of its own; only one thread ever goes on.

    All use one connection: none has a transaction open where it stands still.
    `at` names the place where it stands, and is None when it has come to its end; `judge` then
    says whether that was the right one.
    """

    def __init__(self, work: Callable[["Call"], object], judge: Callable[["Call"], None]) -> None:
        self.judge = judge
        self.at: str | None = None
        self.result: object = None
        self.error: BaseException | None = None
        self._work = work
        self._standing: SimpleQueue[str | None] = SimpleQueue()
        self._orders: SimpleQueue[Any] = SimpleQueue()
        self._connection = connections["default"]
        self._connection.inc_thread_sharing()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        self._wait()

    def stand_still(self, place: str) -> Any:
        """Called by the use case's ports: wait to be told how to go on."""
        self._standing.put(place)
        order = self._orders.get(timeout=_LIMIT_SECONDS)
        if order is KilledError:
            raise KilledError
        return order

    def go_on(self, order: Any = None) -> None:
        """Let it go on to where it stands still next, or to its end."""
        self._orders.put(order)
        self._wait()

    def kill(self) -> None:
        if self.at:
            self.go_on(KilledError)

    def _wait(self) -> None:
        self.at = self._standing.get(timeout=_LIMIT_SECONDS)
        if not self.at:
            self._thread.join(_LIMIT_SECONDS)
            self._connection.dec_thread_sharing()

    def _run(self) -> None:
        connections["default"] = self._connection
        try:
            self.result = self._work(self)
        except BaseException as error:  # whoever waits for the end looks at it
            self.error = error
        finally:
            self._standing.put(None)
