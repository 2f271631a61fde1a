"""File locks. The kernel releases them when their process ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from local.errors import LocalError

POLL_SECONDS = 0.01


class FileLock:
    """An flock on a file of its own, held until the end of the block or of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LocalError(f"{path} cannot be opened: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        os.close(self._descriptor)

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self, *, limit_seconds: float = 0) -> bool:
        """Wait until no other process holds the lock; return False when the limit is reached."""
        deadline = time.monotonic() + limit_seconds
        while not self._try(fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def is_in_place(self) -> bool:
        """Return whether its path still names the locked file."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def exclusive(path: Path, *, limit_seconds: float) -> Iterator[None]:
    """Hold the lock for the block. Raise LocalError when others keep it beyond the limit."""
    with FileLock(path) as lock:
        if not lock.try_exclusive(limit_seconds=limit_seconds):
            raise LocalError(f"another process has held {path} for {limit_seconds:.0f} s")
        yield
