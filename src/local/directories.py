"""The home and other directories, checked for owner and mode before use; private files."""

import hashlib
import os
import pwd
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from local.accounts import Account
from local.errors import LocalError

# A socket address holds 104 bytes on macOS and 108 on Linux; a file name follows the directory.
SOCKET_DIRECTORY_LIMIT_BYTES = 80
SAFE_PATH = re.compile(r"[A-Za-z0-9._/-]+")
# Not $TMPDIR: it may be long, and may differ between two terminals that share the stores.
SHORT_DIRECTORY = Path("/tmp")  # noqa: S108  names below it are checked for their owner


def prepare_home(home: Path) -> Path:
    """Create the home if it is missing and return its real path; refuse one that others control."""
    try:
        # Under root, PostgreSQL runs as another user, which needs to pass through.
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        home = home.resolve(strict=True)
        status = home.stat()
    except OSError as error:
        message = f"the home {home} cannot be used: {error.strerror}; set PAYOUTS_HOME to another"
        raise LocalError(message) from error
    if status.st_uid != os.geteuid():
        message = f"the home {home} belongs to {_user_name(status.st_uid)}: set PAYOUTS_HOME"
        raise LocalError(message)
    if status.st_mode & stat.S_IWOTH:
        message = f"anybody may write to the home {home}: set PAYOUTS_HOME to a private directory"
        raise LocalError(message)
    private_directory(home / "logs")
    return home


def private_directory(path: Path, account: Account | None = None) -> Path:
    """Create or check a directory that only the account (default: our own) may enter."""
    owner = os.geteuid() if account is None else account.uid
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None and account.demoted and path.lstat().st_uid == os.geteuid():
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    status = path.lstat()
    private = not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if not (stat.S_ISDIR(status.st_mode) and status.st_uid == owner and private):
        message = f"{path} is not a private directory of {_user_name(owner)}: remove it"
        raise LocalError(message)
    return path


def socket_directory(home: Path, account: Account) -> Path:
    """Return the directory of the sockets: in the home, or in /tmp when its path is too long."""
    inside = home / "run"
    text = str(inside)
    short = len(text.encode()) <= SOCKET_DIRECTORY_LIMIT_BYTES
    if short and SAFE_PATH.fullmatch(text) and account.can_enter(home):
        return private_directory(inside, account)
    # The id differs for a home that was deleted and made again, the path for a copy.
    identity = f"{home_id(home)} {home}".encode()
    name = f"payouts-{os.geteuid()}-{hashlib.sha256(identity).hexdigest()[:16]}"
    return private_directory(SHORT_DIRECTORY / name, account)


def home_id(home: Path) -> str:
    """Return the random name of this home, which is made once."""
    return write_private_once(home / "id", secrets.token_hex(8))


def write_private(path: Path, text: str) -> None:
    """Replace the file atomically. Only its owner may read it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def write_private_once(path: Path, text: str) -> str:
    """Write the file unless it exists; return its text, which another process may have written."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        write_private(draft, text)
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # unlike a rename, it replaces nothing
        draft.unlink()
    return path.read_text().strip()


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
