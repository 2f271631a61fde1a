"""Several database connections, so that a test decides in which order transactions act and end."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from django.db import connections

from payouts.adapters.database.triggers import VERSION_SHARDS


class DatabaseSession:
    """A connection with a transaction that stays open between the steps of a test."""

    def __init__(self) -> None:
        self._connection: Any = connections["default"].copy()
        self._connection.ensure_connection()
        self._connection.inc_thread_sharing()
        self.is_in_transaction = False

    @classmethod
    @contextmanager
    def several(cls, count: int) -> Iterator[list[Self]]:
        """Open sessions that never wait for each other, nor for the usual connection.

        A transaction that changes payouts locks a shard of the list's version until it ends.
        """
        connections["default"].ensure_connection()
        shards, sessions = {_shard(connections["default"])}, list[Self]()
        with ExitStack() as stack:
            while len(sessions) < count:
                session = cls()
                stack.callback(session.close)
                if _shard(session._connection) not in shards:
                    shards.add(_shard(session._connection))
                    sessions.append(session)
            yield sessions

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let the code inside use this connection, in this thread."""
        usual = connections["default"]
        connections["default"] = self._connection
        try:
            yield
        finally:
            connections["default"] = usual

    def begin(self) -> None:
        self._connection.set_autocommit(False)
        self.is_in_transaction = True

    def commit(self) -> None:
        self._connection.commit()
        self._end()

    def roll_back(self) -> None:
        self._connection.rollback()
        self._end()

    def _end(self) -> None:
        self._connection.set_autocommit(True)
        self.is_in_transaction = False

    def close(self) -> None:
        self._connection.close()


def _shard(opened: Any) -> int:
    return int(opened.connection.info.backend_pid) % VERSION_SHARDS
