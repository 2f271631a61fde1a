"""Data and programs outside the home, for a PostgreSQL that may not enter the home.

Root's PostgreSQL runs as `nobody`, which often may not enter root's directories. Their modes are
not changed; a directory that only root may write to holds the data, or a copy of the programs.
"""

import hashlib
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.accounts import Account
from local.directories import write_private
from local.errors import LocalError

PARENTS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108  owner and mode are checked
NAME = "payouts-embedded"
OWNER_FILE = "home"


def reachable_binaries(binaries: Path, account: Account) -> Path:
    """Return the directory of the programs, or of a copy that the account may run."""
    if not account.demoted or account.can_run(binaries / "initdb"):
        return binaries
    digest = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:16]
    copy = _outside() / f"postgresql-{digest}"
    package = binaries.parent.parent
    if not copy.exists():
        _copy_installation(binaries.parent, package, copy)
    return copy / binaries.relative_to(package.parent)


def reachable_data(home: Path, account: Account) -> Path:
    """Return the data directory: `home/postgres`, or one outside to which that is a link."""
    link = home / "postgres"
    if link.is_symlink():
        data = link.resolve()
        if data.parent.is_dir() and _take_over(data.parent, home, link):
            return data
        link.unlink()  # the data is gone, or the home is a copy and its original uses that data
    if not account.demoted or account.can_enter(home):
        return link
    if link.exists():
        message = f"PostgreSQL runs as another user, which may not enter {home}: chmod it to 0711"
        raise LocalError(message)
    place = _outside() / secrets.token_hex(8)
    place.mkdir()
    place.chmod(0o711)  # independent of the umask
    write_private(place / OWNER_FILE, str(home))
    link.symlink_to(place / "data")
    return place / "data"


def abandoned_data() -> Iterator[Path]:
    """Find data of deleted homes. Only temporary ones: another may be moved or unmounted."""
    temporary = tuple(Path(name).resolve() for name in {tempfile.gettempdir(), *_TEMPORARY})
    for parent in PARENTS:
        for owner_file in (parent / NAME).glob(f"*/{OWNER_FILE}"):
            home = Path(owner_file.read_text())
            if not home.exists() and any(home.is_relative_to(base) for base in temporary):
                yield owner_file.with_name("data")


_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  compared with, not written to


def _take_over(place: Path, home: Path, link: Path) -> bool:
    owner_file = place / OWNER_FILE
    if not owner_file.exists():
        return True  # a link that a person made
    owner = Path(owner_file.read_text())
    copied = owner != home and (owner / link.name).resolve() == link.resolve()
    if not copied and owner != home:
        write_private(owner_file, str(home))  # the home was moved
    return not copied


def _outside() -> Path:
    for parent in PARENTS:
        directory = parent / NAME
        try:
            directory.mkdir(exist_ok=True)
        except OSError:
            continue
        status = directory.lstat()
        others_may_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not others_may_write:
            directory.chmod(0o711)
            return directory
    tried = " and ".join(map(str, PARENTS))
    message = f"no private place for PostgreSQL in {tried}: set PAYOUTS_HOME to one open to all"
    raise LocalError(message)


def _copy_installation(installation: Path, package: Path, copy: Path) -> None:
    """Copy the programs and the libraries of the wheel, which lie beside the package."""
    draft = Path(tempfile.mkdtemp(dir=copy.parent))
    for source in (installation, package.with_name(f"{package.name}.libs")):
        if source.exists():
            target = draft / source.relative_to(package.parent)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (draft, *draft.rglob("*")):
        _open_to_readers(path)
    try:
        draft.rename(copy)
    except OSError:
        shutil.rmtree(draft)  # another process made the copy first
        if not copy.exists():
            raise


def _open_to_readers(path: Path) -> None:
    if not path.is_symlink():
        entered_or_run = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if entered_or_run else 0o644)
