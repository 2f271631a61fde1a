"""The page that Prometheus reads."""

import platform
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from payouts.adapters.metrics.process_metrics import OTHER
from payouts.application.read_models import CurrentStatistics, EndpointBacklog
from payouts.domain.status import PayoutStatus

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True)
class Exposition(Collector):
    """All metrics at one moment; `statistics` is None if the database cannot be read."""

    processes: Iterable[Metric]
    statistics: CurrentStatistics | None
    currencies: Collection[str]

    def render(self) -> bytes:
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "payouts_database_up", "1 if the database could be read.", bool(self.statistics)
        )
        yield _build()
        yield from self.processes
        if self.statistics:
            yield from _from_database(self.statistics, self.currencies)


def _from_database(statistics: CurrentStatistics, currencies: Collection[str]) -> Iterator[Metric]:
    """Yield what is read from the database with each scrape. Further such metrics belong here."""
    yield _payouts(statistics, currencies)
    yield _gauge(
        "payouts_oldest_due_seconds",
        "How long the longest waiting payout has been due.",
        statistics.oldest_due_seconds,
    )
    yield _gauge("payouts_needs_review", "Payouts that wait for a person.", statistics.needs_review)
    yield from _webhooks(statistics.webhooks)


def _webhooks(backlogs: Sequence[EndpointBacklog]) -> Iterator[Metric]:
    enabled = GaugeMetricFamily(
        "payouts_webhook_enabled", "1 if the endpoint gets messages.", labels=["endpoint"]
    )
    waiting = GaugeMetricFamily(
        "payouts_webhook_backlog", "Messages that wait, counted up to 1000.", labels=["endpoint"]
    )
    oldest = GaugeMetricFamily(
        "payouts_webhook_oldest_seconds", "How long the oldest has waited.", labels=["endpoint"]
    )
    for backlog in backlogs:
        labels = [str(backlog.endpoint_id)]
        enabled.add_metric(labels, backlog.is_enabled)
        waiting.add_metric(labels, backlog.waiting)
        oldest.add_metric(labels, backlog.oldest_seconds)
    yield from (enabled, waiting, oldest)


def _payouts(statistics: CurrentStatistics, currencies: Collection[str]) -> Metric:
    """Name the configured currencies, also those without payouts. All others are one value."""
    labels = [*sorted(currencies), OTHER]
    counts: Counter[tuple[PayoutStatus, str]] = Counter()
    for each in statistics.counts:
        counts[each.status, each.currency if each.currency in currencies else OTHER] += each.count
    family = GaugeMetricFamily(
        "payouts_payouts", "Payouts, without deleted ones.", labels=["status", "currency"]
    )
    for status in PayoutStatus:
        for currency in labels:
            family.add_metric([status.value, currency], counts[status, currency])
    return family


def _build() -> Metric:
    facts = {"version": version("payouts"), "python": platform.python_version()}
    family = GaugeMetricFamily("payouts_build_info", "What runs here.", labels=list(facts))
    family.add_metric(list(facts.values()), 1)
    return family


def _gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(name, description, value=value)
