"""Batches work that a request leaves to a background thread."""

from collections import deque
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Final

import structlog

log = structlog.get_logger("payouts")

# Items that arrive within this time share a batch. The delay is too short to be noticed.
_PAUSE_SECONDS: Final = 0.03
_MAX_BATCH_SIZE: Final = 64
_MAX_WAITING: Final = 1024
# Dropped items are logged at most this often, with their number.
_REPORT_SECONDS: Final = 5.0


class BackgroundBatcher[Item]:
    """Take items without blocking, and pass them to `handle_batch` in a background thread.

    Items may be lost: with the process, when `handle_batch` raises, and when more than 1,024 are
    waiting, the oldest first. What is lost while the process lives is logged.
    """

    def __init__(self, *, name: str, handle_batch: Callable[[list[Item]], object]) -> None:
        self._name = name
        self._handle_batch = handle_batch
        self._waiting: deque[Item] = deque()
        self._dropped = 0
        self._report_at = 0.0
        self._has_items = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, items: Iterable[Item]) -> None:
        """Never raise and never wait: the caller's own work is already done."""
        with self._lock:
            self._waiting.extend(items)
            while len(self._waiting) > _MAX_WAITING:
                self._waiting.popleft()
                self._dropped += 1
        self._has_items.set()
        # Started with the first item, because threads do not survive the fork of a web process.
        if not (self._thread and self._thread.is_alive()):
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread and self._thread.is_alive():
                return
            thread = Thread(target=self._run, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads: the next item tries again
                log.exception("batcher.failed_to_start", batcher=self._name)
            else:
                self._thread = thread

    def _run(self) -> None:
        while True:
            self._has_items.wait(_REPORT_SECONDS if self._dropped else None)
            self._has_items.clear()
            while batch := [self._waiting.popleft() for _ in range(self._batch_size())]:
                self._handle(batch)
                self._report_dropped()
                sleep(_PAUSE_SECONDS)
            self._report_dropped()

    def _handle(self, batch: list[Item]) -> None:
        try:
            self._handle_batch(batch)
        except Exception:  # the batch is lost, the thread must live on for the next one
            log.exception("batcher.failed", batcher=self._name, items=len(batch))

    def _report_dropped(self) -> None:
        if not self._dropped or monotonic() < self._report_at:
            return
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        self._report_at = monotonic() + _REPORT_SECONDS
        log.warning("batcher.dropped", batcher=self._name, items=dropped)

    def _batch_size(self) -> int:
        return min(len(self._waiting), _MAX_BATCH_SIZE)
