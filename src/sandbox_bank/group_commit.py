"""Many small units of work on one SQLite connection, few commits."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class _Waiting[T]:
    work: Callable[[sqlite3.Connection], T]
    result: asyncio.Future[T]


class GroupCommit:
    """Runs whatever waits as one transaction, and tells nobody a result before its commit.

    One thread owns the connection, so the event loop never waits for the disk. While that
    thread is inside one commit (an fsync), the next units of work gather for the following
    one: under load, many requests share the price of a single fsync. They also share its
    fate: after an error all of them fail, and their clients, told nothing, have to ask again.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting: list[_Waiting[Any]] = []
        self._committing: asyncio.Task[None] | None = None

    async def run[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what the work returned, once that is on the disk."""
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, result))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        return await result

    async def close(self) -> None:
        if self._committing is not None:
            await self._committing
        self._thread.shutdown()
        self._connection.close()

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                results = await loop.run_in_executor(self._thread, self._commit, group)
            except Exception as error:  # whoever waits must hear of it, whatever it is
                _fail(group, error)
            else:
                _fulfil(group, results)

    def _commit(self, group: Sequence[_Waiting[Any]]) -> list[Any]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            results = [waiting.work(self._connection) for waiting in group]
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return results


def _fulfil(group: Sequence[_Waiting[Any]], results: Sequence[Any]) -> None:
    for waiting, result in zip(group, results, strict=True):
        # Cancelled: the server is shutting down and the request is gone.
        if not waiting.result.done():
            waiting.result.set_result(result)


def _fail(group: Sequence[_Waiting[Any]], error: Exception) -> None:
    for waiting in group:
        if not waiting.result.done():
            waiting.result.set_exception(error)
