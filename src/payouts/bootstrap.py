"""The only place that picks adapters for the use cases."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from payouts.adapters.bank import HttpBank, SignedCallbacks, read_bank_ledger
from payouts.adapters.breaker import Breaker
from payouts.adapters.database.books import DatabaseBooks
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.reads import DatabaseReads
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.adapters.database.turns import turns
from payouts.adapters.doorbell import CeleryDoorbell, GatheringDoorbell
from payouts.adapters.page_cache import RedisPageCache
from payouts.adapters.statement.camt053 import read_camt053
from payouts.application.change_status import ChangeStatus
from payouts.application.create_payout import CreatePayout
from payouts.application.delete_payout import DeletePayout
from payouts.application.hear_bank import HearBank
from payouts.application.ports import PayoutReads, Recipients
from payouts.application.process_payout import ProcessPayout
from payouts.application.read_payouts import ReadPage
from payouts.application.reconcile_payouts import ReconcilePayouts
from payouts.application.recover_payouts import DrainPayouts, RecoverPayouts
from payouts.application.resolve_payout import ResolvePayout
from payouts.domain.outcome import Patience
from payouts.domain.statement import Period, StatementEntry

# A frozen Redis costs the first caller this long; after that the breaker is open.
_REDIS_SECONDS = 0.5
# The broker's client waits up to three times before it gives a message up.
_BROKER_SECONDS = 0.3
_RECOVERY_BATCH = 2_000
# A worker has many threads for the sake of slow banks. When the bank is quick they would all be at
# the database at once, and clients of the same host would wait behind them.
_DATABASE_TURNS = 2
# More than a worker has threads.
_BANK_CONNECTIONS = 128


@cache
def create_payout() -> CreatePayout:
    return CreatePayout(
        payouts=_payouts(), doorbell=_doorbell(), currencies=settings.PAYOUTS_CURRENCIES
    )


@cache
def change_status() -> ChangeStatus:
    return ChangeStatus(payouts=_payouts())


@cache
def delete_payout() -> DeletePayout:
    return DeletePayout(payouts=_payouts())


@cache
def resolve_payout() -> ResolvePayout:
    return ResolvePayout(payouts=_payouts(), doorbell=_doorbell())


@cache
def process_payout() -> ProcessPayout:
    return ProcessPayout(
        payouts=DatabasePayouts(turn=turns(at_once=_DATABASE_TURNS)),
        bank=_bank(),
        patience=Patience(),
        lease_seconds=settings.LEASE_SECONDS,
    )


@cache
def hear_bank() -> HearBank:
    return HearBank(
        payouts=_payouts(), callbacks=SignedCallbacks(secret=settings.BANK_CALLBACK_SECRET)
    )


@cache
def reconcile_payouts() -> ReconcilePayouts:
    return ReconcilePayouts(books=DatabaseBooks(), payouts=_payouts())


def read_statement_file(path: Path) -> Iterator[Period | StatementEntry]:
    return read_camt053(path)


def read_bank_statement() -> Iterator[StatementEntry]:
    _require_bank()
    return read_bank_ledger(url=settings.BANK_URL, token=settings.BANK_TOKEN)


@cache
def recover_payouts() -> RecoverPayouts:
    return RecoverPayouts(
        payouts=_payouts(), doorbell=_celery_doorbell(), batch_size=_RECOVERY_BATCH
    )


@cache
def drain_payouts() -> DrainPayouts:
    return DrainPayouts(payouts=_payouts(), process=process_payout(), batch_size=_RECOVERY_BATCH)


@cache
def read_page() -> ReadPage:
    return ReadPage(reads=reads(), cache=RedisPageCache(_redis(), redis_breaker()))


@cache
def reads() -> PayoutReads:
    return DatabaseReads()


@cache
def recipients() -> Recipients:
    return DatabaseRecipients()


@cache
def redis_breaker() -> Breaker:
    return Breaker(name="redis", probe=_redis().ping)


def redis_answers() -> bool:
    if redis_breaker().is_open:
        return False
    try:
        return bool(_redis().ping())
    except RedisError as error:
        redis_breaker().trip(error)
        return False


@cache
def _payouts() -> DatabasePayouts:
    return DatabasePayouts()


@cache
def _bank() -> HttpBank:
    _require_bank()
    return HttpBank(
        url=settings.BANK_URL,
        token=settings.BANK_TOKEN,
        deadline_seconds=settings.BANK_DEADLINE_SECONDS,
        connections=_BANK_CONNECTIONS,
    )


def _require_bank() -> None:
    if not settings.BANK_URL:
        raise ImproperlyConfigured("Set BANK_URL to the address of the payment provider.")


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def _doorbell() -> GatheringDoorbell:
    return GatheringDoorbell(_celery_doorbell())


@cache
def _celery_doorbell() -> CeleryDoorbell:
    app = celery.Celery("payouts.doorbell", set_as_current=False)
    app.config_from_object(settings, namespace="CELERY")
    connection = Connection(
        settings.CELERY_BROKER_URL,
        connect_timeout=_BROKER_SECONDS,
        transport_options={
            **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
            "socket_timeout": _BROKER_SECONDS,
            "socket_connect_timeout": _BROKER_SECONDS,
            "max_retries": 0,
        },
    )

    def probe() -> None:
        with connection.clone() as fresh:
            fresh.ensure_connection(max_retries=1, timeout=1)

    return CeleryDoorbell(
        celery=app, connection=connection, breaker=Breaker(name="broker", probe=probe)
    )
