"""An event loop in a thread of its own: faults block, lines and clients must not."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any, Self


class Background:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="background", daemon=True)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Self]:
        background = cls()
        background._thread.start()
        try:
            yield background
        finally:
            background.run(_cancel_all())
            background._loop.call_soon_threadsafe(background._loop.stop)
            background._thread.join()
            background._loop.close()

    def start[Result](self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.start(work).result()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # what was aborted closes its sockets in the loop's next round
