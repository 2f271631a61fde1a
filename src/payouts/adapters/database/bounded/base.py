"""Connections with a limit on how long they wait for the server's answer.

The server enforces `statement_timeout` itself. That does not help when the server is frozen, or
when the network to it is down without a reset.
"""

import select
from collections.abc import Generator, Mapping
from functools import cached_property
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow, tuple_row
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.json import JsonbLoader

# Longer than statement_timeout, so that the server's own, better answer comes first.
ANSWER_LIMIT_SECONDS = 7.0
_MAX_CACHED_STATEMENTS = 128


class BoundedConnection(psycopg.Connection[Any]):
    """Raise OperationalError and close the connection when an answer takes too long.

    None means no limit, which migrations need.
    """

    answer_limit_seconds: float | None = ANSWER_LIMIT_SECONDS

    def run(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a statement, prepared once per connection, and return its rows."""
        cursor = self._cursor.execute(sql, parameters)
        names = self._columns_by_sql.get(sql)
        if names is None:
            # A prepared statement keeps its columns.
            if len(self._columns_by_sql) >= _MAX_CACHED_STATEMENTS:
                self._columns_by_sql.clear()
            names = self._columns_by_sql[sql] = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @cached_property
    def _columns_by_sql(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _cursor(self) -> psycopg.Cursor[TupleRow]:
        self.prepare_threshold = 0  # prepare at once; Django sets None, which means never
        cursor = psycopg.Cursor(self, row_factory=tuple_row)
        # Django's own loader is written in Python, and takes half of the time of a page.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        # Django's loader returns JSON as text, because its fields decode it.
        cursor.adapters.register_loader("jsonb", JsonbLoader)
        return cursor

    def wait[Result](
        self,
        gen: Generator[Any, Any, Result],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> Result:
        try:
            return super().wait(gen, interval, timeout or self.answer_limit_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # The answer may still arrive, and must not be read as that of the next command.
                self.pgconn.finish()
            raise


class _BoundedPsycopg:
    """The driver that Django uses: psycopg, with another connection class."""

    connect = BoundedConnection.connect

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    Database = _BoundedPsycopg()

    def get_connection_params(self) -> dict[str, Any]:
        # libpq then refuses a server that is read-only and, if DATABASE_URL names several hosts,
        # tries the next one.
        return {"target_session_attrs": "read-write", **super().get_connection_params()}

    def is_usable(self) -> bool:
        """Check an idle connection, without a round trip if no data has arrived on it.

        A server that stops, closes the connection or becomes read-only sends data or a reset. A
        network that fails without either is found by the limit of the next statement.
        """
        if self.connection.closed:
            return False
        idle = select.poll()
        idle.register(self.connection.pgconn.socket, select.POLLIN)
        if idle.poll(0) and not super().is_usable():
            return False
        return not self._is_read_only()

    def _is_read_only(self) -> bool:
        """Return what the server reported last. After a failover another server is writable."""
        reported = self.connection.pgconn.parameter_status
        return b"on" in {reported(b"in_hot_standby"), reported(b"default_transaction_read_only")}
