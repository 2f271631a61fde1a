"""A circuit breaker: after one failure, callers skip a server until it answers again."""

from collections.abc import Callable
from threading import Lock, Thread
from time import sleep

import structlog

log = structlog.get_logger("payouts")


class CircuitBreaker:
    """Open after a failure. While open, a background thread probes the server until it answers.

    So one caller pays for the time-out, instead of every caller, or of one every few seconds.
    """

    def __init__(
        self,
        *,
        name: str,
        probe: Callable[[], object],
        probe_interval_seconds: float = 1.0,
        on_change: Callable[[bool], object] = lambda _is_open: None,
    ) -> None:
        """`on_change` is called with whether it is open, each time that it opens or closes."""
        self._name = name
        self._probe = probe
        self._probe_interval_seconds = probe_interval_seconds
        self._on_change = on_change
        self._lock = Lock()
        self._is_open = False

    @property
    def is_open(self) -> bool:
        return self._is_open

    def check(self) -> bool:
        """Return whether the server can be used now. Probe it, unless the breaker is open."""
        if self._is_open:
            return False
        try:
            self._probe()
        except Exception as error:  # whatever the error is, the server cannot be used
            self.record_failure(error)
        return not self._is_open

    def record_failure(self, error: Exception) -> None:
        """Open the breaker and start the probe, unless it is open already."""
        with self._lock:
            if self._is_open:
                return
            prober = Thread(target=self._probe_until_it_answers, name=self._name, daemon=True)
            self._is_open = True
            try:
                prober.start()
            except RuntimeError:  # no more threads: without a prober it would never close
                self._is_open = False
                log.exception("circuit_breaker.probe_failed_to_start", server=self._name)
                return
        self._on_change(True)
        log.warning("circuit_breaker.opened", server=self._name, error=type(error).__name__)

    def _probe_until_it_answers(self) -> None:
        sleep(self._probe_interval_seconds)
        while not self._answers():
            sleep(self._probe_interval_seconds)
        self._is_open = False
        self._on_change(False)
        log.info("circuit_breaker.closed", server=self._name)

    def _answers(self) -> bool:
        try:
            self._probe()
        except Exception:  # whatever the error is, the server is not back
            log.debug("circuit_breaker.probed", server=self._name, exc_info=True)
            return False
        return True
