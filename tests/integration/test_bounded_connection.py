"""Waiting for a database that does not answer."""

from collections.abc import Iterator
from time import monotonic

import psycopg
import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from tests.database_proxy import DatabaseProxy, database_proxy

from payouts.adapters.database.bounded.base import BoundedConnection


@pytest.fixture
def proxy(database_url: str) -> Iterator[DatabaseProxy]:
    with database_proxy(database_url) as proxy:
        yield proxy


@pytest.fixture
def bounded(proxy: DatabaseProxy) -> Iterator[BoundedConnection]:
    with BoundedConnection.connect(proxy.url, autocommit=True) as opened:
        yield opened


class TestBoundedConnection:
    def test_closes_when_the_server_does_not_answer(
        self, bounded: BoundedConnection, proxy: DatabaseProxy
    ) -> None:
        bounded.answer_limit_seconds = 0.3
        proxy.silence()
        started = monotonic()
        with pytest.raises(psycopg.OperationalError):
            bounded.execute("SELECT 1")
        assert monotonic() - started < 3
        assert bounded.closed

    def test_stays_open_when_the_server_itself_ends_a_statement(
        self, bounded: BoundedConnection
    ) -> None:
        bounded.execute("SET statement_timeout = 100")
        with pytest.raises(psycopg.errors.QueryCanceled):
            bounded.execute("SELECT pg_sleep(10)")
        assert bounded.execute("SELECT 1").fetchone() == (1,)

    def test_is_used_by_the_service(self, database: None) -> None:
        connection.ensure_connection()
        assert isinstance(connection.connection, BoundedConnection)
        assert connection.connection.answer_limit_seconds == 7


class TestIdleConnection:
    def test_is_checked_without_a_query(self, database: None) -> None:
        connection.ensure_connection()
        with CaptureQueriesContext(connection) as queries:
            assert connection.is_usable()
        assert len(queries) == 0

    def test_is_unusable_when_the_server_has_ended_it(self, database: None) -> None:
        connection.ensure_connection()
        ended = connection.connection.info.backend_pid
        with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
        assert not connection.is_usable()
        connection.close()
        connection.ensure_connection()
        assert connection.connection.info.backend_pid != ended

    def test_is_unusable_after_an_answer_timed_out(self, database: None) -> None:
        connection.ensure_connection()
        connection.connection.pgconn.finish()
        assert not connection.is_usable()
        connection.errors_occurred = True
        close_old_connections()
        connection.ensure_connection()
        assert connection.is_usable()
