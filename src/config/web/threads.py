"""Threads that answer requests, and the requests that wait for one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Final

import structlog

# Requests that wait for a thread of this process; more are refused at once.
QUEUE_LIMIT: Final = 128
# A request that waited longer than this is refused: its client may have given up.
QUEUE_LIMIT_SECONDS: Final = 2.0

log = structlog.get_logger("payouts")


class Threads:
    """Runs calls in up to `count` threads. Starts a thread only when all others are busy.

    Each thread keeps a database connection, so threads that are not needed must not start.
    """

    def __init__(self, count: int, *, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._limit = count + QUEUE_LIMIT
        self._unfinished = 0
        self._loop = loop

    @property
    def is_full(self) -> bool:
        return self._unfinished >= self._limit

    async def run(self, call: Callable[[bool], None]) -> None:
        """Call, in a thread, with whether it had to wait too long for that thread.

        Log an exception; the caller cannot do anything about it.
        """
        finished = self._loop.create_future()
        self._unfinished += 1
        self._executor.submit(self._run, call, monotonic(), finished)
        try:
            await finished
        finally:
            self._unfinished -= 1

    def _run(
        self, call: Callable[[bool], None], submitted_at: float, finished: asyncio.Future[None]
    ) -> None:
        try:
            call(monotonic() - submitted_at > QUEUE_LIMIT_SECONDS)
        except Exception:
            log.exception("request.failed")
        finally:
            self._loop.call_soon_threadsafe(_finish, finished)


def _finish(finished: asyncio.Future[None]) -> None:
    if not finished.done():
        finished.set_result(None)
