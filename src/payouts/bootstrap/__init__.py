"""The only place that picks adapters for the use cases."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from payouts.adapters.bank_directory import SchwiftyBankDirectory
from payouts.adapters.banks.http import HttpBank, SignedCallbacks, read_bank_ledger
from payouts.adapters.circuit_breaker import CircuitBreaker
from payouts.adapters.database import availability, event_order
from payouts.adapters.database.availability import RecentFailure
from payouts.adapters.database.client_events import DatabaseClientEvents
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.reads import DatabaseReads
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.adapters.database.reconciliation_reads import DatabaseReconciliationReads
from payouts.adapters.database.statistics import DatabaseStatistics
from payouts.adapters.database.token_use import TokenUse
from payouts.adapters.log_stream import LogStream, standard_error
from payouts.adapters.metrics import MeasuredBank, ProcessMetrics
from payouts.adapters.metrics.exposition import CONTENT_TYPE, Exposition
from payouts.adapters.page_cache import MemoryPageCache, RedisPageCache
from payouts.adapters.statements.camt053 import read_camt053
from payouts.adapters.task_queue import BackgroundTaskQueue, CeleryTaskQueue
from payouts.adapters.worker_ping import WorkerPing
from payouts.application.add_recipient import AddRecipient
from payouts.application.change_recipient import ChangeRecipient
from payouts.application.change_status import ChangeStatus
from payouts.application.check_account import CheckAccount
from payouts.application.create_payout import CreatePayout
from payouts.application.delete_payout import DeletePayout
from payouts.application.drain_due import DrainDue
from payouts.application.handle_bank_callback import HandleBankCallback
from payouts.application.list_payouts import ListPayouts
from payouts.application.ports import (
    Bank,
    ClientEvents,
    PageCache,
    PayoutReads,
    PayoutStatistics,
    Recipients,
)
from payouts.application.process_payout import ProcessPayout
from payouts.application.read_models import CurrentStatistics
from payouts.application.reconcile_payouts import ReconcilePayouts
from payouts.application.requeue_overdue import RequeueOverdue
from payouts.application.resolve_payout import ResolvePayout
from payouts.application.try_now import TryNow
from payouts.domain.requeue_policy import RequeuePolicy
from payouts.domain.retry_policy import RetryPolicy
from payouts.domain.statement import Period, StatementEntry, UnreadableEntry

# A frozen Redis costs the first caller this long. After that the circuit breaker is open.
_REDIS_TIMEOUT_SECONDS = 0.5
# The only bank that there is so far.
_BANK_NAME = "main"
_PROBE_KEY = "payouts:probe"
_PROBE_EXPIRY_SECONDS = 10
# kombu waits up to three times before it gives a message up.
_BROKER_TIMEOUT_SECONDS = 0.3
_DRAIN_BATCH_SIZE = 2_000


@cache
def create_payout() -> CreatePayout:
    return CreatePayout(
        payouts=_payouts(), task_queue=_task_queue(), currencies=settings.PAYOUTS_CURRENCIES
    )


@cache
def change_status() -> ChangeStatus:
    return ChangeStatus(payouts=_payouts())


@cache
def delete_payout() -> DeletePayout:
    return DeletePayout(payouts=_payouts())


@cache
def resolve_payout() -> ResolvePayout:
    return ResolvePayout(payouts=_payouts(), task_queue=_task_queue())


@cache
def try_now() -> TryNow:
    return TryNow(payouts=_payouts(), task_queue=_task_queue())


@cache
def process_payout() -> ProcessPayout:
    return ProcessPayout(
        payouts=_payouts(),
        bank=_bank(),
        retry_policy=RetryPolicy(),
        lease_seconds=settings.LEASE_SECONDS,
    )


@cache
def handle_bank_callback() -> HandleBankCallback:
    return HandleBankCallback(
        payouts=_payouts(), callbacks=SignedCallbacks(secret=settings.BANK_CALLBACK_SECRET)
    )


@cache
def reconcile_payouts() -> ReconcilePayouts:
    return ReconcilePayouts(reads=DatabaseReconciliationReads(), payouts=_payouts())


def read_statement_file(path: Path) -> Iterator[Period | StatementEntry | UnreadableEntry]:
    return read_camt053(path)


def read_bank_statement() -> Iterator[StatementEntry | UnreadableEntry]:
    _require_bank()
    return read_bank_ledger(url=settings.BANK_URL, token=settings.BANK_TOKEN)


@cache
def requeue_overdue() -> RequeueOverdue:
    return RequeueOverdue(
        payouts=_payouts(), task_queue=_celery_task_queue(), policy=RequeuePolicy()
    )


@cache
def drain_due() -> DrainDue:
    return DrainDue(payouts=_payouts(), process=process_payout(), batch_size=_DRAIN_BATCH_SIZE)


@cache
def list_payouts() -> ListPayouts:
    return ListPayouts(reads=reads(), cache=page_cache())


@cache
def page_cache() -> PageCache:
    shared = (
        RedisPageCache(_redis(), redis_circuit_breaker())
        if settings.PAYOUTS_PAGE_CACHE == "redis"
        else None
    )
    return MemoryPageCache(shared)


@cache
def reads() -> PayoutReads:
    return DatabaseReads()


@cache
def client_events() -> ClientEvents:
    return DatabaseClientEvents()


@cache
def statistics() -> PayoutStatistics:
    return DatabaseStatistics()


@cache
def add_recipient() -> AddRecipient:
    return AddRecipient(recipients=recipients())


@cache
def change_recipient() -> ChangeRecipient:
    return ChangeRecipient(recipients=recipients())


@cache
def check_account() -> CheckAccount:
    return CheckAccount(directory=SchwiftyBankDirectory())


@cache
def recipients() -> Recipients:
    return DatabaseRecipients()


@cache
def token_use() -> TokenUse:
    return TokenUse()


def continue_event_order(*, is_restored: bool) -> bool:
    """Put new events after the stored ones on a server that counts transactions from lower ids."""
    return event_order.continue_event_order(is_restored=is_restored)


def log_stream() -> LogStream:
    return standard_error()


@cache
def metrics() -> ProcessMetrics:
    """Return the metrics of this process. Not to be called before a fork."""
    return ProcessMetrics(settings.METRICS_DIR)


def start_metrics(role: str) -> None:
    """Begin to measure this process, which is one of the web or worker processes."""
    metrics().started(role)
    log_stream().watch(metrics().log_line_dropped)


def render_metrics(statistics: CurrentStatistics | None) -> tuple[bytes, str]:
    """Return the metrics of all processes as a page for Prometheus, and its content type."""
    exposition = Exposition(metrics().collect(), statistics, settings.PAYOUTS_CURRENCIES)
    return exposition.render(), CONTENT_TYPE


def check_database() -> str | None:
    """Return None if the database can serve requests, or the reason why it cannot."""
    return availability.check()


def reason_unavailable(error: Exception) -> str | None:
    """Return why the database cannot serve, or None if the error has another cause."""
    return availability.reason_unavailable(error)


@cache
def recent_database_failure() -> RecentFailure:
    return RecentFailure()


@cache
def redis_circuit_breaker() -> CircuitBreaker:
    return _circuit_breaker("redis", _write_to_redis)


def _circuit_breaker(name: str, probe: Callable[[], object]) -> CircuitBreaker:
    return CircuitBreaker(name=name, probe=probe, on_change=metrics().watch_circuit_breaker(name))


def redis_answers() -> bool:
    return redis_circuit_breaker().check()


def broker_answers() -> bool:
    """Return False after a task could not be published, until the broker can be written to."""
    return not _celery_task_queue().circuit_breaker.is_open


@cache
def worker_ping() -> WorkerPing:
    app = celery.Celery("payouts.worker_ping", set_as_current=False)
    app.config_from_object(settings, namespace="CELERY")
    return WorkerPing(app)


def _write_to_redis() -> None:
    """Probe Redis by a write, because a replica and a full Redis answer PING too."""
    _redis().set(_PROBE_KEY, b"", ex=_PROBE_EXPIRY_SECONDS)


@cache
def _payouts() -> DatabasePayouts:
    return DatabasePayouts()


@cache
def _bank() -> Bank:
    _require_bank()
    bank = HttpBank(
        url=settings.BANK_URL,
        token=settings.BANK_TOKEN,
        deadline_seconds=settings.BANK_DEADLINE_SECONDS,
        connections=settings.WORKER_CONCURRENCY,
    )
    return MeasuredBank(bank, name=_BANK_NAME, metrics=metrics())


def _require_bank() -> None:
    if not settings.BANK_URL:
        raise ImproperlyConfigured("Set BANK_URL to the address of the payment provider.")


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def _task_queue() -> BackgroundTaskQueue:
    return BackgroundTaskQueue(_celery_task_queue())


@cache
def _celery_task_queue() -> CeleryTaskQueue:
    app = celery.Celery("payouts.task_queue", set_as_current=False)
    app.config_from_object(settings, namespace="CELERY")
    connection = Connection(
        settings.CELERY_BROKER_URL,
        connect_timeout=_BROKER_TIMEOUT_SECONDS,
        transport_options={
            **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
            "socket_timeout": _BROKER_TIMEOUT_SECONDS,
            "socket_connect_timeout": _BROKER_TIMEOUT_SECONDS,
            "max_retries": 0,
        },
    )

    def probe() -> None:
        with connection.clone() as fresh:
            fresh.ensure_connection(max_retries=1, timeout=1)
            if fresh.transport.driver_type == "redis":
                channel: Any = fresh.default_channel
                channel.client.set(_PROBE_KEY, b"", ex=_PROBE_EXPIRY_SECONDS)

    return CeleryTaskQueue(
        celery=app,
        connection=connection,
        circuit_breaker=_circuit_breaker("broker", probe),
    )
