"""Faults of PostgreSQL, Redis and the tasks in Redis."""

import shutil
import signal
from collections.abc import Mapping
from functools import partial
from time import monotonic, sleep
from types import MappingProxyType
from typing import Final

import psycopg
from celery import Celery
from kombu import Connection
from redis import Redis

from chaos.embedded import children_of, send, wait_until_gone
from chaos.faults.fault import STOP_LIMIT_SECONDS, UNFINISHED, Fault, FaultContext

TASK: Final = "payouts.process"
QUEUE: Final = "payouts"
KEY_PREFIX: Final = "payouts:"
_DATABASE = frozenset({"database"})
_REDIS = frozenset({"redis"})


def _stop_database(context: FaultContext) -> bool:
    """Stop PostgreSQL without a checkpoint. As after a power cut, commits must survive."""
    server = context.stack.stores.postgres.process()
    assert server
    family = [server, *children_of(server)]
    send(server, signal.SIGQUIT)
    wait_until_gone(family, STOP_LIMIT_SECONDS)
    context.wait()
    context.stack.stores.start_dead()
    return True


def _terminate_backends(context: FaultContext) -> bool:
    with psycopg.connect(context.stack.stores.database_url, autocommit=True) as database:

        def terminate() -> bool:
            terminated = database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return terminated.rowcount > 0

        return context.wait_for(terminate)


def _lock_rows(context: FaultContext) -> bool:
    with psycopg.connect(context.stack.stores.database_url) as database:
        locked = database.execute(
            f"SELECT FROM payouts_payout WHERE {UNFINISHED} ORDER BY random() LIMIT 20 FOR UPDATE"
        )
        context.wait()
        database.rollback()
        return locked.rowcount > 0


def _kill_redis(context: FaultContext, *, deletes_data: bool) -> bool:
    redis = context.stack.stores.redis
    server = redis.process()
    assert server
    send(server, signal.SIGKILL)
    wait_until_gone([server], STOP_LIMIT_SECONDS)
    context.wait()
    if deletes_data:
        shutil.rmtree(redis.data)
    context.stack.stores.start_dead()
    return True


def _freeze_redis(context: FaultContext) -> bool:
    server = context.stack.stores.redis.process()
    assert server
    send(server, signal.SIGSTOP)
    context.wait()
    send(server, signal.SIGCONT)
    return True


def _duplicate_tasks(context: FaultContext) -> bool:
    """Enqueue every unfinished payout again, once a second."""
    app, duplicated = Celery(set_as_current=False), 0
    stores = context.stack.stores
    options = {"global_keyprefix": KEY_PREFIX}
    with (
        # Given to the task: Celery itself prefers a broker that the environment names.
        Connection(stores.broker_url, transport_options=options) as broker,
        psycopg.connect(stores.database_url, autocommit=True) as database,
    ):
        for _ in range(max(1, round(context.seconds))):
            for (payout_id,) in database.execute(
                f"SELECT id FROM payouts_payout WHERE {UNFINISHED}"
            ).fetchall():
                app.send_task(TASK, args=[payout_id], connection=broker, queue=QUEUE)
                duplicated += 1
            sleep(1)
    app.close()
    return duplicated > 0


def _lose_tasks(context: FaultContext) -> bool:
    """Compete with the workers for messages, and throw away those that we get.

    To delete the queue would lose next to nothing: idle workers receive a message at once.
    """
    lost = 0
    ends_at = monotonic() + context.seconds
    socket = str(context.stack.stores.redis.socket)
    with Redis(unix_socket_path=socket, db=1) as broker:

        def lose_next() -> bool:
            nonlocal lost
            lost += broker.blpop([f"{KEY_PREFIX}{QUEUE}"], timeout=1) is not None
            return lost > 0 and monotonic() > ends_at

        context.wait_for(lose_next)
    return lost > 0


# One after the other, because a fault that itself uses a store needs the store to be available.
STORE_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "tasks-duplicated": Fault(inject=_duplicate_tasks, lasts_seconds=(1, 4)),
        "tasks-lost": Fault(inject=_lose_tasks, lasts_seconds=(1, 4)),
        "database-stopped": Fault(inject=_stop_database, lasts_seconds=(0, 4), disrupts=_DATABASE),
        "backends-terminated": Fault(inject=_terminate_backends, disrupts=_DATABASE),
        "rows-locked": Fault(inject=_lock_rows, lasts_seconds=(1, 6)),
        "redis-killed": Fault(
            inject=partial(_kill_redis, deletes_data=False), lasts_seconds=(0, 5), disrupts=_REDIS
        ),
        "redis-emptied": Fault(
            inject=partial(_kill_redis, deletes_data=True), lasts_seconds=(0, 5), disrupts=_REDIS
        ),
        "redis-frozen": Fault(inject=_freeze_redis, lasts_seconds=(1, 8), disrupts=_REDIS),
    }
)
