import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.unit.sandbox_bank.samples import a_transfer_order

from sandbox_bank.ledger import Ledger
from sandbox_bank.transfer import Transfer, TransferOrder, TransferStatus


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path) as ledger:
        yield ledger


@contextmanager
def opened(
    directory: Path, *, keeps_keys: bool = True, sends_callbacks: bool = True
) -> Iterator[Ledger]:
    path = directory / "new directory" / "ledger.sqlite3"
    with closing(Ledger(path, keeps_keys=keeps_keys, sends_callbacks=sends_callbacks)) as ledger:
        yield ledger


def record(
    ledger: Ledger, order: TransferOrder, *, reason: str | None = None, pending_seconds: float = 0
) -> tuple[Transfer, bool]:
    return ledger.record(
        order,
        final_status=TransferStatus.REJECTED if reason else TransferStatus.SETTLED,
        final_reason=reason,
        pending_seconds=pending_seconds,
    )


def due_references(ledger: Ledger, limit: int = 10) -> list[str]:
    return [transfer.order.reference for transfer, _ in ledger.find_due_callbacks(limit=limit)]


class TestRecord:
    def test_stores_every_field_of_an_order(self, ledger: Ledger) -> None:
        order = a_transfer_order(agent="BANKCODE", remittance_information="Invoice 7")

        transfer, is_new = record(ledger, order, reason="AC04")

        assert is_new
        assert transfer.order == order
        assert ledger.find(order.reference) == transfer

    def test_returns_the_first_transfer_when_the_reference_repeats(self, ledger: Ledger) -> None:
        first, _ = record(ledger, a_transfer_order())

        assert record(ledger, a_transfer_order(amount="7.00"), reason="AC04") == (first, False)

    def test_is_visible_to_other_connections_when_it_returns(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        transfer, _ = record(ledger, a_transfer_order())

        with opened(tmp_path) as other:
            assert other.find("try-1") == transfer

    def test_records_every_order_when_no_keys_are_kept(self, tmp_path: Path) -> None:
        with opened(tmp_path) as ledger:
            record(ledger, a_transfer_order())
        with opened(tmp_path, keeps_keys=False) as ledger:
            second, is_new = record(ledger, a_transfer_order())
        with opened(tmp_path) as ledger:
            settled = ledger.find_settled()

            assert is_new
            assert len(settled) == 2
            assert record(ledger, a_transfer_order()) == (second, False)


class TestCountPost:
    def test_counts_each_reference_across_restarts(self, tmp_path: Path) -> None:
        with opened(tmp_path) as ledger:
            counts = [ledger.count_post(reference) for reference in ("a", "a", "b")]
        with opened(tmp_path) as ledger:
            counts.append(ledger.count_post("a"))

        assert counts == [1, 2, 1, 3]


class TestFindSettled:
    def test_omits_pending_and_rejected_transfers(self, ledger: Ledger) -> None:
        settled, _ = record(ledger, a_transfer_order())
        record(ledger, a_transfer_order(reference="pending"), pending_seconds=60)
        record(ledger, a_transfer_order(reference="rejected"), reason="AC04")

        assert ledger.find_settled() == [settled]


class TestCallbacks:
    def test_are_due_when_a_pending_transfer_has_ended(self, ledger: Ledger) -> None:
        record(ledger, a_transfer_order(), pending_seconds=0.01)
        record(ledger, a_transfer_order(), pending_seconds=0.01)
        record(ledger, a_transfer_order(reference="pending"), pending_seconds=60)
        record(ledger, a_transfer_order(reference="settled"))
        time.sleep(0.02)

        assert due_references(ledger) == ["try-1"]

    def test_are_not_due_when_there_is_no_receiver(self, tmp_path: Path) -> None:
        with opened(tmp_path, sends_callbacks=False) as ledger:
            record(ledger, a_transfer_order(), pending_seconds=0.01)
            time.sleep(0.02)

            assert due_references(ledger) == []

    def test_are_still_due_after_a_restart(self, tmp_path: Path) -> None:
        with opened(tmp_path) as ledger:
            record(ledger, a_transfer_order(), pending_seconds=0.01)
        time.sleep(0.02)

        with opened(tmp_path) as ledger:
            assert due_references(ledger) == ["try-1"]

    def test_come_oldest_first_up_to_the_limit(self, ledger: Ledger) -> None:
        for age in (2, 3, 1):
            order = a_transfer_order(reference=str(age))
            transfer, _ = record(ledger, order, pending_seconds=60)
            ledger.finish_callback_attempt(transfer.id, next_at=time.time() - age)

        assert due_references(ledger, limit=2) == ["3", "2"]

    def test_are_due_again_when_the_time_of_the_next_attempt_has_come(self, ledger: Ledger) -> None:
        transfer, _ = record(ledger, a_transfer_order(), pending_seconds=60)

        ledger.finish_callback_attempt(transfer.id, next_at=time.time() + 60)
        assert due_references(ledger) == []

        ledger.finish_callback_attempt(transfer.id, next_at=time.time() - 1)
        assert ledger.find_due_callbacks(limit=10) == [(transfer, 2)]

        ledger.finish_callback_attempt(transfer.id, next_at=None)
        assert due_references(ledger) == []


class TestOpen:
    def test_refuses_a_ledger_with_other_columns(self, tmp_path: Path) -> None:
        path = tmp_path / "old.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE transfers (id TEXT, reference TEXT)")

        with pytest.raises(sqlite3.OperationalError, match="no such column: callback_due_at"):
            Ledger(path, keeps_keys=True, sends_callbacks=True)
