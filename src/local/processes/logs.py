"""Log files of bounded size."""

from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024


def rotate(log: Path) -> None:
    """Rename a log above MAX_BYTES to NAME.log.1, replacing the previous one.

    The writer must not have it open.
    """
    if log.exists() and log.stat().st_size > MAX_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
