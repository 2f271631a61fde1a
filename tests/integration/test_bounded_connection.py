"""Waiting for a database that does not answer."""

import asyncio
from collections.abc import Iterator
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from chaos.background import Background
from chaos.line import CLEAR, Line, Weather
from payouts.adapters.database.bounded.base import BoundedConnection


@pytest.fixture
def line(database_url: str) -> Iterator[Line]:
    """A line to the test database."""
    parts = urlsplit(database_url)

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if directory := parse_qs(parts.query).get("host"):
            return await asyncio.open_unix_connection(f"{directory[0]}/.s.PGSQL.5432")
        return await asyncio.open_connection(parts.hostname, parts.port)

    with Background.started() as background:
        line = Line(connect)
        background.run(line.start())
        yield line
        line.weather = CLEAR
        background.run(line.stop())


@pytest.fixture
def bounded(line: Line, database_url: str) -> Iterator[BoundedConnection]:
    parts = urlsplit(database_url)
    login = parts.netloc.rpartition("@")[0]
    url = f"postgresql://{login}@127.0.0.1:{line.port}{parts.path}"
    with BoundedConnection.connect(url, autocommit=True) as opened:
        yield opened


class TestBoundedConnection:
    def test_gives_up_a_server_that_is_silent(self, bounded: BoundedConnection, line: Line) -> None:
        bounded.answer_limit_seconds = 0.3
        line.weather = Weather(is_silent=True)
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

    def test_is_what_the_service_uses(self, database: None) -> None:
        connection.ensure_connection()
        assert isinstance(connection.connection, BoundedConnection)
        assert connection.connection.answer_limit_seconds == 7


class TestIdleConnection:
    def test_is_found_good_without_a_word(self, database: None) -> None:
        connection.ensure_connection()
        with CaptureQueriesContext(connection) as queries:
            assert connection.is_usable()
        assert len(queries) == 0

    def test_is_found_bad_when_the_server_has_ended_it(self, database: None) -> None:
        connection.ensure_connection()
        ended = connection.connection.info.backend_pid
        with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
        assert not connection.is_usable()
        connection.close()
        connection.ensure_connection()
        assert connection.connection.info.backend_pid != ended

    def test_is_found_bad_when_a_wait_for_it_was_given_up(self, database: None) -> None:
        connection.ensure_connection()
        connection.connection.pgconn.finish()
        assert not connection.is_usable()
        connection.errors_occurred = True
        close_old_connections()
        connection.ensure_connection()
        assert connection.is_usable()
