"""Reads the service's settings before `payouts up` starts anything."""

import subprocess
import sys
from collections.abc import Mapping

from local.environment import is_given
from local.errors import LocalError

# Required, and not yet known: the stores are not running, and the home may not exist.
_PLACEHOLDERS = {
    "DATABASE_URL": "postgresql://localhost/payouts",
    "REDIS_URL": "redis://localhost",
    "SECRET_KEY": "not-yet-made",
}


def check_settings(environment: Mapping[str, str]) -> None:
    """Raise LocalError, one line that names the variable, if a setting is wrong.

    In a process of its own: nothing of the service is imported here.
    """
    missing = {
        name: text for name, text in _PLACEHOLDERS.items() if not is_given(name, environment)
    }
    result = subprocess.run(
        # -P: the working directory must not provide modules.
        [sys.executable, "-P", "-m", "payouts.entrypoints.cli", "check-settings"],
        env={**environment, **missing},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        [*_, line] = result.stderr.strip().split("\n")
        raise LocalError(line.removeprefix("payouts: ") or "the settings cannot be read")
