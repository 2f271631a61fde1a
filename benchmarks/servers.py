"""The PostgreSQL and Redis servers that DATABASE_URL and REDIS_URL name.

The benchmark creates databases named `bench_payouts_...` on the first and drops them. On the second
it uses one numbered database, which has to be empty.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from redis import Redis

from benchmarks.processes import payouts_command

_NAME = "bench_payouts_{}"
# Is in the Redis database while we use it, so that a run after a killed one may flush it.
_MARKER = "payouts-benchmark"


class RedisDatabaseInUseError(Exception):
    """The numbered Redis database holds keys that are not the benchmark's."""


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL database with the service's tables."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that make a process use this database."""
        return {"DATABASE_URL": self.url}

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            yield connection

    def value(self, query: LiteralString, *parameters: Any) -> Any:
        """Return the first column of the first row."""
        with self.connect() as connection:
            row = connection.execute(query, parameters).fetchone()
        assert row, query
        return row[0]

    def count(self, *statuses: str) -> int:
        query = "SELECT count(*) FROM payouts_payout WHERE status = ANY (%s)"
        return int(self.value(query, list(statuses)))

    def count_ids(self, payout_ids: Sequence[int]) -> int:
        """Count how many of these payouts exist."""
        query = "SELECT count(*) FROM payouts_payout WHERE id = ANY (%s)"
        return int(self.value(query, list(payout_ids)))


@contextmanager
def temporary_database(name: str) -> Iterator[Database]:
    """Create a database with the service's tables; drop it at the end."""
    name = _NAME.format(name)
    _drop_database(name)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        parts = urlsplit(os.environ["DATABASE_URL"])
        database = Database(parts._replace(path=f"/{name}").geturl())
        payouts_command("migrate", **database.environment)
        yield database
    finally:
        _drop_database(name)


def _drop_database(name: str) -> None:
    # FORCE ends connections that a killed run has left behind.
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def reserved_redis_database(number: int) -> Iterator[None]:
    """Let cache and broker of the service use this Redis database; empty it at the end.

    Raises RedisDatabaseInUseError if it holds keys of others.
    """
    os.environ["REDIS_URL"] = with_database_number(os.environ["REDIS_URL"], number)
    # The service then derives the broker's address from REDIS_URL.
    os.environ.pop("CELERY_BROKER_URL", None)
    with redis_connection() as redis:
        if redis.dbsize() and not redis.exists(_MARKER):
            message = f"Redis database {number} is not empty. Name another with --redis-database."
            raise RedisDatabaseInUseError(message)
    flush_redis()
    try:
        yield
    finally:
        with redis_connection() as redis:
            redis.flushdb()


def redis_connection() -> Redis:
    return Redis.from_url(os.environ["REDIS_URL"])


def flush_redis() -> None:
    """Delete cached pages, and task messages for payouts of an earlier database."""
    with redis_connection() as redis, redis.pipeline() as pipeline:
        pipeline.flushdb()
        pipeline.set(_MARKER, "1")
        pipeline.execute()


def with_database_number(redis_url: str, number: int) -> str:
    """Return the address of another numbered database of the same Redis server."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()
