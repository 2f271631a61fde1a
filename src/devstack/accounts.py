"""Under which account a server runs: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devstack.errors import DevstackError

DEMOTED_NAME = "nobody"
TRIAL_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its main group; `demoted` when that is not who we are."""

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
        """Try the program itself: modes do not tell of noexec mounts or of missing libraries."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            result = subprocess.run(  # noqa: S603  the program was found by us, not given
                command,
                cwd="/",
                capture_output=True,
                check=False,
                timeout=TRIAL_SECONDS,
                **self.popen_options(),
            )
        except OSError:
            return False
        return result.returncode == 0


def own_account() -> Account:
    return Account(uid=os.geteuid(), gid=os.getegid(), demoted=False)


def server_account() -> Account:
    """Name who runs PostgreSQL: ourselves, or `nobody` if we are root."""
    if os.geteuid() != 0:
        return own_account()
    try:
        entry = pwd.getpwnam(DEMOTED_NAME)
    except KeyError:
        message = f"PostgreSQL does not run as root and there is no user {DEMOTED_NAME} to run it"
        raise DevstackError(message) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, demoted=True)
