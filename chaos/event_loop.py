"""An asyncio event loop in a thread, for proxies and clients that run while faults block."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any, Self


class EventLoopThread:
    """Runs coroutines for threads that have no event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="event loop", daemon=True)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Run the loop for the length of the block, then cancel its tasks."""
        event_loop = cls()
        event_loop._thread.start()
        try:
            yield event_loop
        finally:
            event_loop.run(_cancel_all())
            event_loop._loop.call_soon_threadsafe(event_loop._loop.stop)
            event_loop._thread.join()
            event_loop._loop.close()

    def start[Result](self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for the result, or raise what the coroutine raises."""
        return self.start(work).result()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # aborted transports close their sockets in the next iteration
