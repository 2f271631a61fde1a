"""The task that processes the payouts of a message."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
import structlog
from django.conf import settings
from tests.running import eventually

from payouts import bootstrap
from payouts.entrypoints.worker.tasks import process


class TestProcess:
    def test_processes_the_payouts_of_a_message_concurrently(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        all_are_here = Barrier(8)
        taken = []

        def take(*, payout_id: int) -> None:
            all_are_here.wait(10)
            taken.append(payout_id)

        monkeypatch.setattr(bootstrap, "process_payout", lambda: take)
        process.apply(args=range(8))
        eventually(lambda: len(taken) == 8)
        assert sorted(taken) == list(range(8))

    def test_processes_the_others_when_one_fails(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        taken = []

        def take(*, payout_id: int) -> None:
            if payout_id == 1:
                raise ValueError("of a test")
            taken.append((payout_id, structlog.contextvars.get_contextvars()["request_id"]))

        monkeypatch.setattr(bootstrap, "process_payout", lambda: take)
        result = process.apply(args=[1, 2, 3], headers={"request_ids": ["a", "b", "c"]})
        assert result.successful()
        eventually(lambda: len(taken) == 2)
        assert sorted(taken) == [(2, "b"), (3, "c")]

    def test_accepts_a_message_with_one_id(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taken = []
        monkeypatch.setattr(
            bootstrap, "process_payout", lambda: lambda *, payout_id: taken.append(payout_id)
        )
        process.apply(args=[7])
        eventually(lambda: taken == [7])

    def test_waits_while_all_threads_are_busy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        may_end, taken = Event(), []

        def take(*, payout_id: int) -> None:
            taken.append(payout_id)
            may_end.wait(10)

        monkeypatch.setattr(bootstrap, "process_payout", lambda: take)
        count = settings.WORKER_CONCURRENCY + 1
        with ThreadPoolExecutor(1) as celery:
            message = celery.submit(process.apply, args=range(count))
            eventually(lambda: len(taken) == settings.WORKER_CONCURRENCY)
            assert not message.done()
            may_end.set()
            message.result(10)
        eventually(lambda: len(taken) == count)
