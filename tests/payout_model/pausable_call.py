"""Use case calls that pause in the middle, so that a test can run others first, or kill them."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

from django.db import connections

_LIMIT_SECONDS = 30


class KilledError(BaseException):
    """Stands for the death of the process; `except Exception` does not catch it."""


class PausableCall:
    """A use case in a thread of its own. Only one thread runs at any time.

    All calls share one connection to the database, which works because none has a transaction open
    where it pauses. `paused_at` names the place where the call is paused; it is None when the call
    has ended. `check` then asserts that it has ended as expected.
    """

    def __init__(
        self,
        work: Callable[["PausableCall"], object],
        check: Callable[["PausableCall"], None],
    ) -> None:
        self.check = check
        self.paused_at: str | None = None
        self.result: object = None
        self.error: BaseException | None = None
        self._work = work
        self._places: SimpleQueue[str | None] = SimpleQueue()
        self._instructions: SimpleQueue[Any] = SimpleQueue()
        self._connection = connections["default"]
        self._connection.inc_thread_sharing()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        self._wait()

    def pause(self, place: str) -> Any:
        """Wait for `resume` and return its instruction. The ports of the use case call this."""
        self._places.put(place)
        instruction = self._instructions.get(timeout=_LIMIT_SECONDS)
        if instruction is KilledError:
            raise KilledError
        return instruction

    def resume(self, instruction: Any = None) -> None:
        """Run the call until it pauses again or ends."""
        self._instructions.put(instruction)
        self._wait()

    def kill(self) -> None:
        if self.paused_at:
            self.resume(KilledError)

    def _wait(self) -> None:
        self.paused_at = self._places.get(timeout=_LIMIT_SECONDS)
        if not self.paused_at:
            self._thread.join(_LIMIT_SECONDS)
            self._connection.dec_thread_sharing()

    def _run(self) -> None:
        connections["default"] = self._connection
        try:
            self.result = self._work(self)
        except BaseException as error:  # the scenario looks at it when the call has ended
            self.error = error
        finally:
            self._places.put(None)
