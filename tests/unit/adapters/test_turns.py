"""Turns at the database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError, Event

import pytest

from payouts.adapters.database import turns as module
from payouts.adapters.database.turns import turns


class TestTurns:
    def test_are_given_to_so_many_at_a_time(self) -> None:
        turn, together, three = turns(at_once=2), Barrier(2), Barrier(3)

        def ask(_: int) -> bool:
            with turn():
                together.wait(10)  # in pairs, or never
                try:
                    three.wait(0.05)
                except BrokenBarrierError:
                    return False
                return True

        with ThreadPoolExecutor(4) as pool:
            assert not any(pool.map(ask, range(4)))

    def test_are_not_waited_for_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.01)
        turn, is_held, is_over = turns(at_once=1), Event(), Event()

        def hold() -> None:
            with turn():
                is_held.set()
                assert is_over.wait(10)

        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(hold)
            assert is_held.wait(10)
            with turn():
                assert not held.done()
            is_over.set()
            held.result(10)
