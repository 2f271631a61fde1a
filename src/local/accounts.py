"""The account that a server runs under: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.errors import LocalError

DEMOTED_NAME = "nobody"
TRIAL_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its main group. `demoted`: it is `nobody`, in place of root."""

    uid: int
    gid: int
    demoted: bool

    def popen_options(self) -> dict[str, Any]:
        if not self.demoted:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, directory: Path) -> bool:
        return self._succeeds(["test", "-x", str(directory)])

    def can_run(self, program: Path) -> bool:
        """Try it: file modes do not show noexec mounts or missing libraries."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            result = subprocess.run(  # noqa: S603  a program that this package has found
                command,
                cwd="/",
                capture_output=True,
                check=False,
                timeout=TRIAL_SECONDS,
                **self.popen_options(),
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return result.returncode == 0


def own_account() -> Account:
    return Account(uid=os.geteuid(), gid=os.getegid(), demoted=False)


def server_account() -> Account:
    """Return the account for PostgreSQL: our own, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return own_account()
    try:
        entry = pwd.getpwnam(DEMOTED_NAME)
    except KeyError:
        message = (
            f"PostgreSQL refuses to run as root, and there is no user {DEMOTED_NAME} to run it"
        )
        raise LocalError(message) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, demoted=True)
