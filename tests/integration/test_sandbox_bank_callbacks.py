"""What the sandbox bank tells of its own accord, heard by a server of another process."""

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

from sandbox_bank.postman import AT_ONCE, TRY_SECONDS

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
    def test_tell_of_what_was_pending_only(self, receiver: Receiver, tmp_path: Path) -> None:
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
        assert (line["status"], line["answer"], line["tries"]) == ("ACSC", 204, 1)
        assert line["account"] == "********PEND"
        assert "DE00-55" not in bank.log.read_text()

    def test_are_sent_until_they_are_received_by_a_bank_that_was_killed(
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
                assert line["next_try_at"] > line["timestamp"]
        tries_before = [len(receiver.calls_about(order)) for order in orders]
        receiver.answers.clear()

        with running_bank(tmp_path, **receiver.bank_settings) as bank:
            for order in orders:
                success = {"event": "callback.sent", "reference": order["reference"]}
                eventually(lambda success=success: bank.find_line(**success))

        assert [len(receiver.calls_about(order)) - 1 for order in orders] == tries_before
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
            assert ledger.execute("SELECT * FROM callbacks").fetchall() == []

    def test_get_through_beside_many_that_hang(self, receiver: Receiver, tmp_path: Path) -> None:
        with running_bank(tmp_path, **receiver.bank_settings) as bank:
            hanging = [make_order("DE00PEND") for _ in range(AT_ONCE + 4)]
            receiver.answers |= {order["reference"]: HANG for order in hanging}
            for order in hanging:
                bank.post(order)
            [other] = post(bank, "DE00PEND")
            [call] = eventually(lambda: receiver.calls_about(other))
            receiver.verify(call)
            for order in hanging[:AT_ONCE]:
                failure = {"event": "callback.failed", "reference": order["reference"]}
                line = eventually(lambda failure=failure: bank.find_line(**failure))
                assert line["answer"].endswith("TimeoutError")
                assert TRY_SECONDS <= line["duration_ms"] / 1000 < TRY_SECONDS + 3
            started = time.monotonic()

            assert bank.end(signal.SIGTERM) == 0

        assert time.monotonic() - started < 2
        first, after_the_limit = receiver.calls[0], receiver.calls[AT_ONCE]
        assert after_the_limit.at_seconds - first.at_seconds > TRY_SECONDS - 1
