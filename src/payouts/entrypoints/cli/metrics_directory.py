"""A directory for the metrics of the processes of one `payouts web`."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_NAME = "METRICS_DIR"


@contextmanager
def metrics_directory() -> Iterator[None]:
    """Have METRICS_DIR in os.environ: as given, or a temporary directory, if one can be made."""
    if os.environ.get(_NAME) or os.environ.get(f"{_NAME}_FILE"):
        yield
        return
    try:
        directory = tempfile.mkdtemp(prefix="payouts-metrics-")
    except OSError:  # read-only everywhere: each process then shows its own metrics
        yield
        return
    os.environ[_NAME] = directory
    try:
        yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)
