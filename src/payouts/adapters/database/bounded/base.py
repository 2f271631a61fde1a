"""Connections that wait for the server's answer so long and no longer.

`statement_timeout` is the server's own clock: it does not help when the server is frozen, or when
the line to it is dead and nobody has said so.
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

# Longer than statement_timeout, so that the server's own, better answer comes first.
ANSWER_LIMIT_SECONDS = 7.0
_MOST_NAMES = 128


class BoundedConnection(psycopg.Connection[Any]):
    """Raise OperationalError, and give the connection up, when an answer takes too long.

    None as the limit waits for ever, which a migration may want.
    """

    answer_limit_seconds: float | None = ANSWER_LIMIT_SECONDS

    def run(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a statement, which is planned once a connection, and return its rows."""
        cursor = self._cursor.execute(sql, parameters)
        names = self._names.get(sql)
        if names is None:
            # The columns of a prepared statement stay what they are.
            if len(self._names) >= _MOST_NAMES:
                self._names.clear()
            names = self._names[sql] = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _cursor(self) -> psycopg.Cursor[TupleRow]:
        self.prepare_threshold = 0  # Django sets None, which is never
        cursor = psycopg.Cursor(self, row_factory=tuple_row)
        # Django has a loader of its own, in Python, in which a page spends half of its time.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
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
                # The answer is still to come, and must not be taken for that of the next command.
                self.pgconn.finish()
            raise


class _BoundedPsycopg:
    """What Django takes for the driver: psycopg, but for the connections."""

    connect = BoundedConnection.connect

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    Database = _BoundedPsycopg()

    def is_usable(self) -> bool:
        """Tell whether an idle connection is good; no round trip if nothing has come on it.

        A server that ends, or ends the connection, says so, or its kernel does. A line that
        went dead in silence is found by the statement's own limit.
        """
        if self.connection.closed:
            return False
        idle = select.poll()
        idle.register(self.connection.pgconn.socket, select.POLLIN)
        return not idle.poll(0) or super().is_usable()
