"""What a process measures of itself. Label values are bounded: each one costs memory for ever."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from payouts.adapters.metrics.slot import Slot

log = structlog.get_logger("payouts")

UNMATCHED_ROUTE: Final = "unmatched"
OTHER: Final = "other"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 7.5)
# An exchange ends after 6 seconds.
_BANK_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5)
# An attempt ends after 15 seconds.
_WEBHOOK_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)

type _Mode = Literal["livemax", "livesum"]


class ProcessMetrics:
    """The metrics of this process, and of all that share its directory.

    Make one in each process, after the fork. Without a usable directory it measures this process
    alone: metrics must not keep a process from its work.
    """

    def __init__(self, directory: Path | None) -> None:
        self._registry = CollectorRegistry()
        self._directory = directory
        self._slot = self._share(directory) if directory else None
        self._requests = self._counter(
            "payouts_http_requests", "HTTP requests.", "route", "method", "status"
        )
        self._request_seconds = Histogram(
            "payouts_http_request_duration_seconds",
            "Time from a request to its response.",
            ["route", "method"],
            buckets=_REQUEST_BUCKETS,
            registry=self._registry,
        )
        # Looking children up by their labels takes longer than counting.
        self._by_request: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._exchanges = self._counter(
            "payouts_bank_exchanges", "Exchanges with a bank.", "bank", "operation", "outcome"
        )
        self._exchange_seconds = Histogram(
            "payouts_bank_exchange_duration_seconds",
            "Time of an exchange with a bank.",
            ["bank", "operation"],
            buckets=_BANK_BUCKETS,
            registry=self._registry,
        )
        self._webhooks = self._counter(
            "payouts_webhook_deliveries", "Attempts to deliver a webhook.", "outcome"
        )
        self._webhook_seconds = Histogram(
            "payouts_webhook_duration_seconds",
            "Time of an attempt to deliver a webhook.",
            buckets=_WEBHOOK_BUCKETS,
            registry=self._registry,
        )
        self._lines_dropped = self._counter(
            "payouts_log_lines_dropped", "Log lines that could not be written."
        )
        self._open_breakers = self._gauge(
            "payouts_circuit_breaker_open", "1 if open in any process.", "livemax", "name"
        )
        self._processes = self._gauge("payouts_processes", "Processes that run.", "livesum", "role")

    def started(self, role: str) -> None:
        self._processes.labels(role).set(1)

    def request_finished(
        self, *, route: str | None, method: str | None, status: int, seconds: float
    ) -> None:
        """Count a request by the pattern of its URL, which is None if no pattern matches."""
        route = UNMATCHED_ROUTE if route is None else route
        method = method if method in _METHODS else OTHER
        found = self._by_request.get((route, method, status))
        if found is None:
            found = self._by_request[route, method, status] = (
                self._requests.labels(route, method, status),
                self._request_seconds.labels(route, method),
            )
        counter, histogram = found
        counter.inc()
        histogram.observe(seconds)

    def expect_bank_answer(self, *, bank: str, operation: str, outcome: str) -> None:
        """Show a count of 0 until there is such an answer."""
        self._exchanges.labels(bank, operation, outcome)

    def bank_answered(self, *, bank: str, operation: str, outcome: str, seconds: float) -> None:
        self._exchanges.labels(bank, operation, outcome).inc()
        self._exchange_seconds.labels(bank, operation).observe(seconds)

    def webhook_attempted(self, *, outcome: str, seconds: float) -> None:
        self._webhooks.labels(outcome).inc()
        self._webhook_seconds.observe(seconds)

    def log_line_dropped(self) -> None:
        self._lines_dropped.inc()

    def watch_circuit_breaker(self, name: str) -> Callable[[bool], None]:
        """Return what to call with whether the breaker is open, each time that this changes."""
        gauge = self._open_breakers.labels(name)
        gauge.set(0)
        return gauge.set

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of all processes: counters added up, gauges of living ones only."""
        if self._slot is None:
            return self._registry.collect()
        self._slot.forget_gauges_of_ended_processes()
        metrics: Iterable[Metric] = MultiProcessCollector(None, self._directory).collect()
        return metrics

    def _share(self, directory: Path) -> Slot | None:
        try:
            slot = Slot(directory)
        except OSError as error:
            log.warning("metrics.not_shared", error=str(error))
            return None
        # The way in which prometheus-client is told where metrics live, and under which name.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
        values.ValueClass = values.MultiProcessValue(lambda: slot.number)
        return slot

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(name, description, labels, registry=self._registry)

    def _gauge(self, name: str, description: str, mode: _Mode, *labels: str) -> Gauge:
        return Gauge(name, description, labels, multiprocess_mode=mode, registry=self._registry)
