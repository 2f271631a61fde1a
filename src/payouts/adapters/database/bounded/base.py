"""Connections that wait for the server's answer so long and no longer.

`statement_timeout` is the server's own clock: it does not help when the server is frozen, or when
the line to it is dead and nobody has said so.
"""

from collections.abc import Generator
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

# Longer than statement_timeout, so that the server's own, better answer comes first.
ANSWER_LIMIT_SECONDS = 7.0


class BoundedConnection(psycopg.Connection[Any]):
    """Raise OperationalError, and give the connection up, when an answer takes too long.

    None as the limit waits for ever, which a migration may want.
    """

    answer_limit_seconds: float | None = ANSWER_LIMIT_SECONDS

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
