"""The file of an export, until the web server has it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkstemp
from threading import Timer
from typing import Final

_PREFIX: Final = "payouts-export-"
# The web server opens the file right after the answer; then it needs no name any more.
_KEPT_SECONDS: Final = 10.0
_ABANDONED_SECONDS: Final = 600.0


@contextmanager
def temporary_file() -> Iterator[Path]:
    """Make a file that only this user may read. It loses its name soon after the block."""
    _remove_abandoned()
    descriptor, name = mkstemp(prefix=_PREFIX)
    path = Path(name)
    try:
        os.close(descriptor)
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    timer = Timer(_KEPT_SECONDS, path.unlink, kwargs={"missing_ok": True})
    timer.daemon = True
    timer.start()


def _remove_abandoned() -> None:
    """Remove files of processes that ended before they could."""
    oldest = time.time() - _ABANDONED_SECONDS
    for path in Path(gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another process removes it, or another user has made it
            if path.stat().st_mtime < oldest:
                path.unlink()
