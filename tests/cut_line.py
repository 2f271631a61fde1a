"""A line to the database that can be cut and mended."""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Self
from urllib.parse import quote, urlsplit

from django.db import connection

_PORT = 5432


@dataclass
class DatabaseLine:
    """Listens where PostgreSQL would, and passes on to the real one what comes and goes."""

    directory: Path
    _listener: socket.socket | None = None
    _lines: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cut()

    def url(self, database_url: str) -> str:
        """The same database, by way of this line."""
        parts = urlsplit(database_url)
        login = parts.netloc.rpartition("@")[0]
        host = quote(str(self.directory), safe="")
        return f"{parts.scheme}://{login}@{parts.path}?host={host}"

    def mend(self) -> None:
        path = self.directory / f".s.PGSQL.{_PORT}"
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        Thread(target=self._serve, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """End all connections, and take no new ones."""
        for line in (self._listener, *self._lines):
            if line:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()
        self._lines.clear()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):  # it is closed when the line is cut
            while True:
                here, there = listener.accept()[0], _connect()
                self._lines += [here, there]
                for source, target in ((here, there), (there, here)):
                    Thread(target=_pass_on, args=[source, target], daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def _connect() -> socket.socket:
    settings = connection.settings_dict
    host = settings["OPTIONS"].get("host") or settings["HOST"]
    port = int(settings["PORT"] or _PORT)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    line = socket.socket(socket.AF_UNIX)
    line.connect(f"{host}/.s.PGSQL.{port}")
    return line
