"""The bank's memory: one SQLite file that outlives the process."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sandbox_bank import callback_table, transfer_table
from sandbox_bank.callback import Callback
from sandbox_bank.group_commit import GroupCommit
from sandbox_bank.transfer import Settlement, Transfer, TransferOrder


@dataclass(frozen=True, slots=True)
class Taken:
    """The transfer that stands under the reference; its order may not be the one posted."""

    transfer: Transfer
    is_new: bool


class Ledger:
    """Every method returns only when what it tells is on the disk."""

    def __init__(
        self, path: Path, commits: GroupCommit, *, keeps_keys: bool, calls_back: bool
    ) -> None:
        self._path = path
        self._commits = commits
        self._keeps_keys = keeps_keys
        self._calls_back = calls_back

    @classmethod
    def open(cls, path: Path, *, keeps_keys: bool, calls_back: bool) -> Self:
        """Raise OSError or sqlite3.Error if there can be no such ledger at this path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
        connection.executescript(transfer_table.SCHEMA)
        connection.executescript(callback_table.SCHEMA)
        connection.executescript(
            transfer_table.ONE_PER_REFERENCE if keeps_keys else transfer_table.MANY_PER_REFERENCE
        )
        commits = GroupCommit(connection)
        return cls(path, commits, keeps_keys=keeps_keys, calls_back=calls_back)

    async def close(self) -> None:
        await self._commits.close()

    async def count_try(self, reference: str) -> int:
        """Return how often the reference was posted, this time included."""
        return await self._commits.run(
            lambda connection: transfer_table.count_try(connection, reference)
        )

    async def take(self, order: TransferOrder, settlement: Settlement) -> Taken:
        """Make the transfer, unless its reference is known: then return the one that stands.

        A ledger that keeps no keys makes another one each time. One that is pending is put down
        for a call-back, if the ledger calls back.
        """

        def take(connection: sqlite3.Connection) -> Taken:
            standing = transfer_table.find(connection, order.reference)
            if standing is not None and self._keeps_keys:
                return Taken(standing, is_new=False)
            transfer = Transfer.take(order, settlement)
            transfer_table.insert(connection, transfer)
            if self._calls_back and transfer.is_pending:
                callback_table.insert(connection, transfer)
            return Taken(transfer, is_new=True)

        return await self._commits.run(take)

    async def find(self, reference: str) -> Transfer | None:
        """Return the newest, which with keys is the only one."""
        return await self._commits.run(
            lambda connection: transfer_table.find(connection, reference)
        )

    async def find_settled(self) -> Sequence[Transfer]:
        """Return every transfer that moved money, in the order in which they were taken."""
        # A connection and a thread of its own: a long ledger must not hold up the commits.
        return await asyncio.to_thread(_find_settled, self._path)

    async def find_due_callbacks(self, *, limit: int) -> Sequence[Callback]:
        """Return those that wait longest first."""
        return await self._commits.run(
            lambda connection: callback_table.find_due(connection, limit=limit)
        )

    async def postpone_callback(self, callback: Callback, due_at: datetime) -> None:
        await self._commits.run(
            lambda connection: callback_table.postpone(connection, callback, due_at)
        )

    async def drop_callback(self, callback: Callback) -> None:
        await self._commits.run(lambda connection: callback_table.drop(connection, callback))


def _find_settled(path: Path) -> Sequence[Transfer]:
    with closing(_connect(path)) as connection:
        return transfer_table.find_settled(connection)


def _connect(path: Path) -> sqlite3.Connection:
    # Each transaction is begun and ended by hand, hence no isolation level.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # With NORMAL a commit survives kill -9, but not a power cut. Clients are told "settled" and
    # never ask again, so it has to survive both; the group commit makes that cheap.
    connection.execute("PRAGMA synchronous = FULL")
    return connection
