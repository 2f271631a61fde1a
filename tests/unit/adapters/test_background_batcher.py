from threading import Event, Thread

import pytest
from structlog.testing import capture_logs
from tests.running import eventually

from payouts.adapters import background_batcher
from payouts.adapters.background_batcher import BackgroundBatcher


class TestBackgroundBatcher:
    def test_handles_all_items_in_order(self) -> None:
        done: list[int] = []
        batcher = BackgroundBatcher(name="test", handle_batch=done.extend)
        for number in range(300):
            batcher.add([number])
        eventually(lambda: done == list(range(300)))

    def test_batches_items_that_arrive_while_it_is_busy(self) -> None:
        batches: list[list[int]] = []
        may_go_on = Event()

        def handle(items: list[int]) -> None:
            batches.append(items)
            may_go_on.wait(10)

        batcher = BackgroundBatcher(name="test", handle_batch=handle)
        batcher.add([1])
        eventually(lambda: batches == [[1]])
        for number in (2, 3, 4):
            batcher.add([number])
        may_go_on.set()
        eventually(lambda: batches == [[1], [2, 3, 4]])

    def test_never_blocks_and_drops_the_oldest_items_when_too_many_wait(self) -> None:
        done: list[int] = []
        is_busy, may_go_on = Event(), Event()

        def handle(items: list[int]) -> None:
            is_busy.set()
            may_go_on.wait(10)
            done.extend(items)

        batcher = BackgroundBatcher(name="test", handle_batch=handle)
        batcher.add([-1])
        assert is_busy.wait(10)
        batcher.add(range(5000))
        may_go_on.set()
        eventually(lambda: done[-1:] == [4999])
        assert (done[0], len(done)) == (-1, 1 + 1024)

    def test_logs_how_many_items_it_dropped_once_in_a_while(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(background_batcher, "_REPORT_SECONDS", 2)
        done: list[int] = []
        batcher = BackgroundBatcher(name="test", handle_batch=done.extend)
        with capture_logs() as lines:
            batcher.add(range(5000))
            eventually(lambda: lines)
            batcher.add(range(5001))
            eventually(lambda: done[-1] == 5000)
            assert [line["items"] for line in lines] == [5000 - 1024]
            eventually(lambda: len(lines) == 2)
        assert sum(line["items"] for line in lines) + len(done) == 10_001
        assert {(line["event"], line["batcher"]) for line in lines} == {("batcher.dropped", "test")}

    def test_continues_after_a_failed_batch(self) -> None:
        done: list[int] = []

        def handle(items: list[int]) -> None:
            if items == [1]:
                raise OSError("the first batch fails")
            done.extend(items)

        batcher = BackgroundBatcher(name="test", handle_batch=handle)
        batcher.add([1])
        eventually(lambda: not batcher._waiting)
        batcher.add([2])
        eventually(lambda: done == [2])

    def test_does_not_fail_its_caller_when_no_thread_can_be_started(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[int] = []
        batcher = BackgroundBatcher(name="test", handle_batch=done.extend)
        with monkeypatch.context() as patched:
            patched.setattr(Thread, "start", _no_more_threads)
            batcher.add([1])
        batcher.add([2])
        eventually(lambda: done == [1, 2])


def _no_more_threads(_thread: Thread) -> None:
    raise RuntimeError("can't start new thread")
