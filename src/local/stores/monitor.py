"""Restarts stores that have died."""

import time
from collections.abc import Callable

from local.errors import LocalError
from local.processes.restart_limit import RestartLimit
from local.stores.stores import Stores

CHECK_EVERY_SECONDS = 1.0


class StoreMonitor:
    """Restarts the stores that have ended. A stopped (SIGSTOP) one has not ended."""

    def __init__(self, stores: Stores, *, report: Callable[[str], None]) -> None:
        self._stores = stores
        self._report = report
        self._restart_limit = RestartLimit()
        self._next_check_at = 0.0

    def check(self) -> None:
        """Look once a second. Raise LocalError for a store in a crash loop."""
        if time.monotonic() < self._next_check_at:
            return
        self._next_check_at = time.monotonic() + CHECK_EVERY_SECONDS
        dead = self._stores.dead()
        for server in dead:
            if not self._restart_limit.allows_restart():
                message = f"{server.title} ended, {RestartLimit.reason}: giving up"
                raise LocalError(f"{message}; read {server.log}")
            self._report(f"{server.title} ended; starting it again (log: {server.log})")
        if dead:
            self._stores.start_dead()
            self._restart_limit.record_start()
