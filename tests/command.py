"""Runs the `payouts` command without the environment of the tests' own stores."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

COMMAND = str(Path(sys.executable).parent / "payouts")
# Variables that the tests' own environment sets.
_OURS = {
    "ALLOWED_HOSTS",
    "BANK_CALLBACK_SECRET",
    "BANK_CALLBACK_URL",
    "BANK_TOKEN",
    "BANK_URL",
    "BEHIND_TLS_PROXY",
    "CELERY_BROKER_URL",
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "HOST",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "PAYOUTS_HOME",
    "PORT",
    "REDIS_URL",
    "SECRET_KEY",
}


def environment(given: Mapping[str, str]) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if name not in _OURS}
    return {**bare, **given}


def run_payouts(
    *arguments: str,
    within_seconds: float = 60,
    working_directory: Path | None = None,
    **given: str,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end with these variables."""
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment(given),
        cwd=working_directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_seconds,
        check=False,
    )


@contextmanager
def open_directory() -> Iterator[Path]:
    """Make a directory through which root's servers, which run as another user, may pass."""
    directory = Path(tempfile.mkdtemp(prefix="payouts-")).resolve()
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
