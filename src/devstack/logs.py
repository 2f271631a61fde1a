"""Log files that do not grow for ever."""

from pathlib import Path

ROTATE_ABOVE_BYTES = 10 * 1024 * 1024


def rotate(log: Path) -> None:
    """Set a large log aside as NAME.log.1, in place of the one before; call it before opening."""
    if log.exists() and log.stat().st_size > ROTATE_ABOVE_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
