"""A circuit breaker: after one failure nobody waits for that server until it answers again."""

from collections.abc import Callable
from threading import Lock, Thread
from time import sleep

import structlog

log = structlog.get_logger("payouts")


class Breaker:
    """Open after a failure; while open, a thread of its own probes the server until it answers.

    So of all callers one pays the time-out once, instead of each, or of one every few seconds.
    """

    def __init__(
        self, *, name: str, probe: Callable[[], object], probe_interval_seconds: float = 1.0
    ) -> None:
        self._name = name
        self._probe = probe
        self._probe_interval_seconds = probe_interval_seconds
        self._lock = Lock()
        self._open = False

    @property
    def is_open(self) -> bool:
        return self._open

    def trip(self, error: Exception) -> None:
        """Note a failure and start probing, unless that is under way."""
        with self._lock:
            if self._open:
                return
            self._open = True
        log.warning("breaker.opened", server=self._name, error=type(error).__name__)
        Thread(target=self._wait_until_it_answers, name=f"probe {self._name}", daemon=True).start()

    def _wait_until_it_answers(self) -> None:
        while True:
            sleep(self._probe_interval_seconds)
            try:
                self._probe()
            except Exception as error:  # whatever it is, the server is not back
                log.debug("breaker.probed", server=self._name, error=type(error).__name__)
            else:
                break
        self._open = False
        log.info("breaker.closed", server=self._name)
