from threading import Event, Thread

import pytest
from tests.running import eventually

from payouts.adapters.circuit_breaker import CircuitBreaker


class TestCircuitBreaker:
    def test_stays_open_until_the_server_answers(self) -> None:
        is_back, probed = Event(), Event()

        def probe() -> None:
            probed.set()
            if not is_back.is_set():
                raise ConnectionError

        breaker = CircuitBreaker(name="test", probe=probe, probe_interval_seconds=0.01)
        breaker.record_failure(ConnectionError())
        assert breaker.is_open
        assert probed.wait(10)
        assert breaker.is_open
        is_back.set()
        eventually(lambda: not breaker.is_open)

    def test_starts_one_probe_for_many_failures(self) -> None:
        is_back = Event()
        probes: list[int] = []

        def probe() -> None:
            probes.append(1)
            assert is_back.wait(10)

        breaker = CircuitBreaker(name="test", probe=probe, probe_interval_seconds=0.01)
        for _ in range(10):
            breaker.record_failure(ConnectionError())
        eventually(lambda: probes)
        is_back.set()
        eventually(lambda: not breaker.is_open)
        assert len(probes) == 1

    def test_opens_when_a_check_fails(self) -> None:
        is_away = Event()

        def probe() -> None:
            if is_away.is_set():
                raise ConnectionError

        breaker = CircuitBreaker(name="test", probe=probe, probe_interval_seconds=0.01)
        assert breaker.check()
        is_away.set()
        assert not breaker.check()
        assert breaker.is_open
        is_away.clear()
        eventually(breaker.check)

    def test_does_not_stay_open_when_its_probe_cannot_start(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        breaker = CircuitBreaker(name="test", probe=lambda: None)
        with monkeypatch.context() as patched:
            patched.setattr(Thread, "start", _no_more_threads)
            breaker.record_failure(ConnectionError())
        assert not breaker.is_open


def _no_more_threads(_thread: Thread) -> None:
    raise RuntimeError("can't start new thread")

    def test_reports_each_time_that_it_opens_or_closes(self) -> None:
        changes: list[bool] = []
        breaker = CircuitBreaker(
            name="test",
            probe=lambda: None,
            probe_interval_seconds=0.01,
            on_change=changes.append,
        )
        for _ in range(2):
            breaker.record_failure(ConnectionError())
            breaker.record_failure(ConnectionError())
            eventually(lambda: not breaker.is_open and len(changes) % 2 == 0)
        assert changes == [True, False, True, False]
