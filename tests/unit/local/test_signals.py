import signal

import pytest

from local.processes.signals import Interruptions, deferred_signals, raising_signals


class TestDeferredSignals:
    def test_wait_for_the_end_of_the_block(self) -> None:
        done: list[str] = []

        def work() -> None:
            with raising_signals(signal.SIGTERM), deferred_signals():
                signal.raise_signal(signal.SIGTERM)
                done.append("all of it")

        with pytest.raises(SystemExit):
            work()
        assert done == ["all of it"]

    def test_put_the_handlers_back(self) -> None:
        before = signal.getsignal(signal.SIGTERM)

        with deferred_signals():
            assert signal.getsignal(signal.SIGTERM) is not before

        assert signal.getsignal(signal.SIGTERM) is before


class TestRaisingSignals:
    def test_end_the_block_with_the_status_of_a_signal(self) -> None:
        with pytest.raises(SystemExit) as ended, raising_signals(signal.SIGHUP):
            signal.raise_signal(signal.SIGHUP)

        assert ended.value.code == 128 + signal.SIGHUP


class TestInterruptions:
    def test_request_a_graceful_stop_first_and_an_immediate_one_next(self) -> None:
        interruptions = Interruptions()

        with interruptions.counted():
            assert not interruptions.stop_requested()
            signal.raise_signal(signal.SIGINT)
            assert interruptions.stop_requested()
            assert not interruptions.kill_requested()
            signal.raise_signal(signal.SIGINT)

        assert interruptions.kill_requested()
