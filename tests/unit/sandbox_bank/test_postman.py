import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from tests.unit.sandbox_bank.samples import a_transfer

from sandbox_bank.callback import Callback
from sandbox_bank.ledger import Ledger
from sandbox_bank.postman import calling_back
from sandbox_bank.settings import CallbackSettings

A_DAY_SECONDS = 24 * 60 * 60
# Nobody listens on this port.
NOBODY = CallbackSettings(
    url="http://127.0.0.1:1/", secret="whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg=="
)


@dataclass
class FakeLedger:
    """Owes what it is given; the first looks fail."""

    owed: list[Callback]
    looks_that_fail: int = 0
    postponed: list[Callback] = field(default_factory=list)
    dropped: list[Callback] = field(default_factory=list)
    is_settled: asyncio.Event = field(default_factory=asyncio.Event)

    async def find_due_callbacks(self, *, limit: int) -> Sequence[Callback]:
        if self.looks_that_fail:
            self.looks_that_fail -= 1
            raise sqlite3.OperationalError("database is locked")
        return self.owed[:limit]

    async def postpone_callback(self, callback: Callback, _due_at: datetime) -> None:
        self._take(callback, self.postponed)

    async def drop_callback(self, callback: Callback) -> None:
        self._take(callback, self.dropped)

    def _take(self, callback: Callback, place: list[Callback]) -> None:
        self.owed.remove(callback)
        place.append(callback)
        if not self.owed:
            self.is_settled.set()


def work_off(*callbacks: Callback, **fields: Any) -> FakeLedger:
    """Call back until everything was tried once."""

    async def scenario() -> FakeLedger:
        ledger = FakeLedger(list(callbacks), **fields)
        async with asyncio.timeout(10), calling_back(NOBODY, cast("Ledger", ledger)):
            await ledger.is_settled.wait()
        return ledger

    return asyncio.run(scenario())


class TestPostman:
    def test_puts_off_what_nobody_received_and_gives_up_what_is_a_day_old(self) -> None:
        young, old = (
            Callback(transfer=a_transfer(after_seconds=-age)) for age in (0, A_DAY_SECONDS + 1)
        )

        ledger = work_off(young, old)

        assert (ledger.postponed, ledger.dropped) == ([young], [old])

    def test_goes_on_when_the_ledger_could_not_be_read(self) -> None:
        callback = Callback(transfer=a_transfer())

        assert work_off(callback, looks_that_fail=2).postponed == [callback]
