import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from tests.unit.sandbox_bank.samples import a_transfer

from sandbox_bank import callback_sender
from sandbox_bank.callback_sender import sending_callbacks
from sandbox_bank.ledger import Ledger
from sandbox_bank.settings import CallbackSettings
from sandbox_bank.transfer import Transfer

A_DAY_SECONDS = 24 * 60 * 60
# No server listens on this port.
CLOSED_PORT = CallbackSettings(
    url="http://127.0.0.1:1/", secret="whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg=="
)


@dataclass
class FakeLedger:
    """Has one callback to send; the first polls fail."""

    transfer: Transfer
    failing_polls: int = 0
    is_finished: asyncio.Event = field(default_factory=asyncio.Event)
    next_at: float | None = None

    def find_due_callbacks(self, *, limit: int) -> Sequence[tuple[Transfer, int]]:
        if self.failing_polls:
            self.failing_polls -= 1
            raise sqlite3.OperationalError("database is locked")
        return [] if self.is_finished.is_set() else [(self.transfer, 0)]

    def finish_callback_attempt(self, transfer_id: str, *, next_at: float | None) -> None:
        assert transfer_id == self.transfer.id
        self.next_at = next_at
        self.is_finished.set()


def send_to_closed_port(transfer: Transfer, **fields: Any) -> FakeLedger:
    """Run the sender until the one attempt has failed."""

    async def scenario() -> FakeLedger:
        ledger = FakeLedger(transfer, **fields)
        async with asyncio.timeout(10), sending_callbacks(CLOSED_PORT, cast("Ledger", ledger)):
            await ledger.is_finished.wait()
        return ledger

    return asyncio.run(scenario())


class TestSendingCallbacks:
    def test_retries_later_when_no_server_answers(self) -> None:
        transfer = a_transfer()

        next_at = send_to_closed_port(transfer).next_at

        assert next_at is not None
        assert transfer.final_at + 1 <= next_at < transfer.final_at + 1 + 10

    def test_gives_up_a_callback_after_a_day(self) -> None:
        assert send_to_closed_port(a_transfer(age_seconds=A_DAY_SECONDS + 1)).next_at is None

    def test_continues_when_the_ledger_cannot_be_read(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(callback_sender, "_PAUSE_AFTER_ERROR_SECONDS", 0.01)

        assert send_to_closed_port(a_transfer(), failing_polls=2).next_at
