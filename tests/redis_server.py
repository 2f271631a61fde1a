"""A Redis of the tests' own."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from redis import Redis as Client
from tests.running import Process, eventually, free_port

from local.stores.redis import find_program


@dataclass
class Redis:
    directory: Path
    port: int
    process: Process | None = None

    @classmethod
    @contextmanager
    def start(cls, directory: Path) -> Iterator[Self]:
        server = cls(directory, free_port())
        server.up()
        try:
            yield server
        finally:
            server.kill()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def up(self) -> None:
        """Start it, empty, unless it runs."""
        if self.process:
            return
        address = ["--bind", "127.0.0.1", "--port", str(self.port)]
        self.process = Process.start(
            [str(find_program()), *address, "--save", "", "--dir", str(self.directory)],
            log=self.directory / "redis.log",
            environment=dict(os.environ),
        )
        eventually(self._accepts)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process = None

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill it; afterwards start it again, empty."""
        self.kill()
        try:
            yield
        finally:
            self.up()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze it: it accepts connections and does not answer."""
        assert self.process
        with self.process.frozen():
            yield

    def has_listener(self) -> bool:
        """Return whether a worker waits for messages."""
        with Client.from_url(self.url) as client:
            return any(other["cmd"] == "brpop" for other in client.client_list())

    def _accepts(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0
