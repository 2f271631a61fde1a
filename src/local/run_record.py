"""One `payouts up` per home, and what other commands need to know of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local.directories import write_private
from local.errors import LocalError
from local.processes.locks import FileLock

LOCK = "up.lock"
RECORD = "up.json"
# Longer than `current_run` of another command holds the lock.
LOCK_LIMIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The process that runs the service in a home, and the addresses of web and bank."""

    pid: int
    url: str
    bank_url: str

    def write(self, home: Path) -> None:
        write_private(home / RECORD, json.dumps(asdict(self)))

    @classmethod
    def read(cls, home: Path) -> "RunRecord | None":
        """Return what the last run wrote, or None if there is none or it is damaged."""
        try:
            data = json.loads((home / RECORD).read_text())
            return cls(int(data["pid"]), str(data["url"]), str(data["bank_url"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


@contextmanager
def only_run(home: Path) -> Iterator[None]:
    """Raise LocalError if another `payouts up` runs in this home."""
    with FileLock(home / LOCK) as lock:
        if not lock.try_exclusive(limit_seconds=LOCK_LIMIT_SECONDS):
            record = RunRecord.read(home)
            pid = f" (pid {record.pid})" if record else ""
            raise LocalError(f"the service runs already in {home}{pid}")
        (home / RECORD).unlink(missing_ok=True)
        yield


def current_run(home: Path) -> RunRecord | None:
    """Return the record of the `payouts up` that runs in this home, if one does."""
    with FileLock(home / LOCK) as lock:
        return None if lock.try_shared() else RunRecord.read(home)
