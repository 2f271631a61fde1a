"""Seeing to it that the stores stay up."""

import time
from collections.abc import Callable

from devstack.deaths import Deaths
from devstack.errors import DevstackError
from devstack.stores import Stores

CHECK_EVERY_SECONDS = 1.0


class StoreKeeper:
    """Starts stores again that have died; a frozen one is left for whoever froze it."""

    def __init__(self, stores: Stores, *, say: Callable[[str], None]) -> None:
        self._stores = stores
        self._say = say
        self._deaths = Deaths()
        self._next_check_at = 0.0

    def check(self) -> None:
        """Look once a second; raise DevstackError when a store will not live."""
        if time.monotonic() < self._next_check_at:
            return
        self._next_check_at = time.monotonic() + CHECK_EVERY_SECONDS
        dead = self._stores.dead()
        for server in dead:
            if self._deaths.one_more_is_too_many():
                raise DevstackError(f"{server.title} died {Deaths.limit}; read {server.log}")
            self._say(f"{server.title} ended; starting it again (log: {server.log})")
        if dead:
            self._stores.revive()
            self._deaths.note_start()
