import asyncio
import sqlite3
from collections.abc import Callable

import pytest

from sandbox_bank.group_commit import GroupCommit

type Work = Callable[[sqlite3.Connection], int]


def adding(number: int) -> Work:
    def add(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return add


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM numbers").fetchone()[0])


def run_together(*works: Work) -> tuple[list[int | BaseException], int]:
    """Run the works at once; return their results and how many numbers stayed."""

    async def scenario() -> tuple[list[int | BaseException], int]:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.execute("CREATE TABLE numbers (number INTEGER UNIQUE)")
        commits = GroupCommit(connection)
        results = await asyncio.gather(
            *(commits.run(work) for work in works), return_exceptions=True
        )
        stayed = await commits.run(count)
        await commits.close()
        return results, stayed

    return asyncio.run(scenario())


class TestGroupCommit:
    def test_gives_each_its_own_result(self) -> None:
        assert run_together(*(adding(number) for number in range(9))) == (list(range(9)), 9)

    def test_tells_everyone_in_the_group_when_one_fails(self) -> None:
        results, stayed = run_together(adding(1), adding(2), adding(1))

        assert [type(result) for result in results] == [sqlite3.IntegrityError] * 3
        assert stayed == 0

    def test_hides_a_result_until_it_is_committed(self) -> None:
        def end_the_transaction(connection: sqlite3.Connection) -> int:
            connection.execute("ROLLBACK")
            return 0

        results, _stayed = run_together(adding(1), end_the_transaction)

        assert [type(result) for result in results] == [sqlite3.OperationalError] * 2

    def test_goes_on_when_one_who_waited_has_gone(self) -> None:
        async def scenario() -> int:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.execute("CREATE TABLE numbers (number INTEGER UNIQUE)")
            commits = GroupCommit(connection)
            gone = asyncio.create_task(commits.run(adding(1)))
            stays = asyncio.create_task(commits.run(adding(2)))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            await stays
            stayed = await commits.run(count)
            await commits.close()
            return stayed

        assert asyncio.run(scenario()) == 2
