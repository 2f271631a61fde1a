"""Locks that vanish with the process that holds them, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.errors import DevstackError

POLL_SECONDS = 0.01


class FileLock:
    """An flock on a file of its own, held until `close` or the death of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DevstackError(f"{path} cannot be opened: {error.strerror}") from error

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def is_in_place(self) -> bool:
        """Tell whether the file that is locked is still the one of that name."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        os.close(self._descriptor)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def exclusive(path: Path, *, limit_seconds: float) -> Iterator[None]:
    """Hold the lock for the block; raise DevstackError when others keep it beyond the limit."""
    lock = FileLock(path)
    try:
        deadline = time.monotonic() + limit_seconds
        while not lock.try_exclusive():
            if time.monotonic() > deadline:
                message = f"another process has held {path} for {limit_seconds:.0f} s"
                raise DevstackError(message)
            time.sleep(POLL_SECONDS)
        yield
    finally:
        lock.close()
