"""Databases of the benchmark's own, in the cluster that is up, and its broker."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from redis import Redis

from benchmarks.processes import payouts_command


@dataclass(frozen=True, slots=True)
class Database:
    """One database with the service's tables."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process work in this database."""
        return {"DATABASE_URL": self.url}

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            yield connection

    def ask(self, query: sql.SQL, *parameters: Any) -> Any:
        """Return the first column of the first row."""
        with self.connect() as connection:
            row = connection.execute(query, parameters).fetchone()
        assert row, query
        return row[0]

    def count(self, *statuses: str) -> int:
        query = sql.SQL("SELECT count(*) FROM payouts_payout WHERE status = ANY (%s)")
        return int(self.ask(query, list(statuses)))

    def known(self, payout_ids: Sequence[int]) -> int:
        """Tell how many of these there are."""
        query = sql.SQL("SELECT count(*) FROM payouts_payout WHERE id = ANY (%s)")
        return int(self.ask(query, list(payout_ids)))


def make_database(name: str) -> Database:
    """Make it anew, with the tables of the service that is measured."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(identifier))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = Database(parts._replace(path=f"/{name}").geturl())
    payouts_command("migrate", **database.environment)
    return database


def broker() -> Redis:
    """Reach the database of Redis that messages are in, by the address that Celery is given."""
    parts = urlsplit(os.environ["CELERY_BROKER_URL"])
    return Redis(unix_socket_path=parts.path, db=int(parts.query.removeprefix("virtual_host=")))


def forget_messages() -> None:
    """Drop doorbells that were rung for payouts of another database."""
    with broker() as redis:
        redis.flushdb()
