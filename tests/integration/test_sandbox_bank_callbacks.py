"""The callbacks of the sandbox bank, received by an HTTP server of the test."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.receiver import HANG, Receiver
from tests.running import eventually
from tests.sandbox import Bank, make_order, running_bank

from sandbox_bank.callback_sender import ATTEMPT_SECONDS, BATCH_SIZE

SECRET = "whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg=="


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver.start(secret=SECRET) as receiver:
        yield receiver


def post(bank: Bank, *accounts: str) -> list[dict[str, Any]]:
    orders = [make_order(account) for account in accounts]
    for order in orders:
        assert bank.post(order).status_code == 201
    return orders


class TestCallbacks:
    def test_report_only_how_pending_transfers_ended(
        self, receiver: Receiver, tmp_path: Path
    ) -> None:
        with running_bank(tmp_path, **receiver.bank_settings) as bank:
            at_once, settled, refused = post(bank, "DE00", "DE00-55-PEND", "DE00-PENDAC04")
            for order, kind in ((settled, "settled"), (refused, "rejected")):
                [call] = eventually(lambda order=order: receiver.calls_about(order))
                receiver.verify(call)
                assert call.headers["Content-Type"] == "application/json"
                assert call.message["type"] == f"transfer.{kind}"
                assert call.message["data"] == bank.look_up(order).json()
            line = eventually(
                lambda: bank.find_line(event="callback.sent", reference=settled["reference"])
            )

        assert receiver.calls_about(at_once) == []
        assert (line["status"], line["answer"], line["attempt"]) == ("ACSC", 204, 1)
        assert line["account"] == "********PEND"
        assert "DE00-55" not in bank.log.read_text()

    def test_are_repeated_until_received_even_after_the_bank_is_killed(
        self, receiver: Receiver, tmp_path: Path
    ) -> None:
        with running_bank(tmp_path, **receiver.bank_settings) as bank:
            orders = post(bank, "DE00PEND", "DE00PEND")
            for order, status in zip(orders, (500, 307), strict=True):
                receiver.answers[order["reference"]] = status
            for order in orders:
                failure = {"event": "callback.failed", "reference": order["reference"]}
                line = eventually(lambda failure=failure: bank.find_line(**failure))
                assert line["answer"] == receiver.answers[order["reference"]]
                assert line["retry_seconds"] >= 1
        attempts_before = [len(receiver.calls_about(order)) for order in orders]
        receiver.answers.clear()

        with running_bank(tmp_path, **receiver.bank_settings) as bank:
            for order in orders:
                success = {"event": "callback.sent", "reference": order["reference"]}
                eventually(lambda success=success: bank.find_line(**success))

        assert [len(receiver.calls_about(order)) - 1 for order in orders] == attempts_before
        for order in orders:
            calls = receiver.calls_about(order)
            times = [int(call.headers["webhook-timestamp"]) for call in calls]
            assert times == sorted(set(times))
            assert len({call.headers["webhook-id"] for call in calls}) == 1
            assert len({call.body for call in calls}) == 1
            for call in calls:
                receiver.verify(call)
        assert {call.path for call in receiver.calls} == {"/callbacks/"}
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as ledger:
            query = "SELECT count(*) FROM transfers WHERE callback_due_at IS NOT NULL"
            assert ledger.execute(query).fetchone() == (0,)

    def test_arrive_while_many_others_hang(self, receiver: Receiver, tmp_path: Path) -> None:
        with running_bank(tmp_path, **receiver.bank_settings) as bank:
            hanging = [make_order("DE00PEND") for _ in range(BATCH_SIZE + 4)]
            receiver.answers |= {order["reference"]: HANG for order in hanging}
            for order in hanging:
                bank.post(order)
            [other] = post(bank, "DE00PEND")
            [call] = eventually(lambda: receiver.calls_about(other))
            receiver.verify(call)
            for order in hanging[:BATCH_SIZE]:
                failure = {"event": "callback.failed", "reference": order["reference"]}
                line = eventually(lambda failure=failure: bank.find_line(**failure))
                assert line["answer"].endswith("TimeoutError")
                assert ATTEMPT_SECONDS <= line["duration_ms"] / 1000 < ATTEMPT_SECONDS + 3
            started = time.monotonic()

            assert bank.end(signal.SIGTERM) == 0

        assert time.monotonic() - started < ATTEMPT_SECONDS - 2
        first, next_batch = receiver.calls[0], receiver.calls[BATCH_SIZE]
        assert next_batch.at_seconds - first.at_seconds > ATTEMPT_SECONDS - 1
