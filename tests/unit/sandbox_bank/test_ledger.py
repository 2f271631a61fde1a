import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from pathlib import Path

from tests.unit.sandbox_bank.samples import a_transfer_order

from sandbox_bank.ledger import Ledger
from sandbox_bank.transfer import SETTLED_AT_ONCE, Settlement

SHORTLY = Settlement(after_seconds=0.01)


def owed(
    path: Path, act: Callable[[Ledger], Coroutine[None, None, object]], *, calls_back: bool = True
) -> Sequence[str]:
    """Do something with the ledger; return the references of the call-backs that it then owes."""

    async def scenario() -> Sequence[str]:
        ledger = Ledger.open(path, keeps_keys=True, calls_back=calls_back)
        await act(ledger)
        await asyncio.sleep(SHORTLY.after_seconds * 2)
        callbacks = await ledger.find_due_callbacks(limit=10)
        await ledger.close()
        return [callback.transfer.order.reference for callback in callbacks]

    return asyncio.run(scenario())


async def take_three(ledger: Ledger) -> None:
    await ledger.take(a_transfer_order("pending"), SHORTLY)
    await ledger.take(a_transfer_order("pending"), SHORTLY)
    await ledger.take(a_transfer_order("settled"), SETTLED_AT_ONCE)


class TestLedger:
    def test_owes_one_callback_for_what_was_pending_and_none_else(self, tmp_path: Path) -> None:
        assert owed(tmp_path / "ledger", take_three) == ["pending"]

    def test_owes_nothing_when_there_is_nobody_to_call(self, tmp_path: Path) -> None:
        assert owed(tmp_path / "ledger", take_three, calls_back=False) == []

    def test_still_owes_it_when_it_is_opened_again(self, tmp_path: Path) -> None:
        owed(tmp_path / "ledger", take_three)

        assert owed(tmp_path / "ledger", lambda _ledger: asyncio.sleep(0)) == ["pending"]

    def test_learns_to_owe_when_it_was_made_before_there_were_callbacks(
        self, tmp_path: Path
    ) -> None:
        owed(tmp_path / "ledger", take_three, calls_back=False)
        with closing(sqlite3.connect(tmp_path / "ledger")) as connection:
            connection.executescript("DROP TABLE callbacks")

        def take_another(ledger: Ledger) -> Coroutine[None, None, object]:
            return ledger.take(a_transfer_order("another"), SHORTLY)

        assert owed(tmp_path / "ledger", take_another) == ["another"]
