"""The files in which one process keeps its metrics, so that other processes can read them."""

import fcntl
import os
import struct
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from prometheus_client.mmap_dict import MmapedDict

# The names that prometheus-client gives to its files, and how large they start. The space is
# allocated at once: a process that writes to mapped memory while the disk is full is killed.
_COUNTER_BYTES: Final = {"counter": 128 * 1024, "histogram": 1024 * 1024}
_GAUGE_BYTES: Final = {"gauge_livemax": 64 * 1024, "gauge_livesum": 64 * 1024}


class Slot:
    """A number that one living process of a directory holds, by a lock on a file.

    A process that starts takes over the counters of one that has ended, however that ended. So
    counters never go back, and there are never more files than for the most processes at one time.
    The lock tells who lives. Process ids do not: they repeat, and each container has its own.
    """

    def __init__(self, directory: Path) -> None:
        """Take the lowest free number; raise OSError if the directory cannot be used."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self.number = next(number for number in count() if self._take(number))
        for kind, size in _COUNTER_BYTES.items():
            if not _is_readable(self._file(kind, self.number)):
                self._make(kind, size)
        for kind, size in _GAUGE_BYTES.items():
            self._make(kind, size)

    def forget_gauges_of_ended_processes(self) -> None:
        """Remove what ended processes have said of themselves; what they counted stays."""
        for path in self._directory.glob("*.lock"):
            number = int(path.stem)
            if number != self.number and (lock := _try_lock(path)) is not None:
                for kind in _GAUGE_BYTES:
                    self._file(kind, number).unlink(missing_ok=True)
                os.close(lock)

    def _take(self, number: int) -> bool:
        lock = _try_lock(self._directory / f"{number}.lock")
        # The kernel unlocks the file when the process ends.
        self._lock = lock
        return lock is not None

    def _make(self, kind: str, size: int) -> None:
        """Put a file of zeros in the place of what is there, at once for those who read it."""
        draft = self._directory / f"{kind}_{self.number}.draft"
        draft.write_bytes(bytes(size))
        draft.replace(self._file(kind, self.number))

    def _file(self, kind: str, number: int) -> Path:
        return self._directory / f"{kind}_{number}.db"


def _try_lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_readable(path: Path) -> bool:
    """Return whether it holds values; a file that a lost machine has left may not."""
    with suppress(FileNotFoundError, RuntimeError, struct.error, ValueError):
        return all(True for _ in MmapedDict.read_all_values_from_file(path))
    return False
