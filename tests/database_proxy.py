"""A proxy in front of the test database, so that a test can cut or silence its connections."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from chaos.event_loop import EventLoopThread
from chaos.proxy import NORMAL, NetworkConditions, TcpProxy

_PORT = 5432


class DatabaseProxy:
    def __init__(self, proxy: TcpProxy, event_loop: EventLoopThread, database_url: str) -> None:
        self._proxy = proxy
        self._event_loop = event_loop
        self._database_url = database_url

    @property
    def url(self) -> str:
        """Return the URL of the same database through the proxy."""
        parts = urlsplit(self._database_url)
        login = parts.netloc.rpartition("@")[0]
        return f"{parts.scheme}://{login}@127.0.0.1:{self._proxy.port}{parts.path}"

    def cut(self) -> None:
        """Reset all connections and refuse new ones."""
        self._event_loop.run(self._proxy.stop())

    def restore(self) -> None:
        """Accept connections again."""
        self._event_loop.run(self._proxy.start())

    def silence(self) -> None:
        """Keep the connections open without passing anything on."""
        self._proxy.conditions = NetworkConditions(is_silent=True)


@contextmanager
def database_proxy(database_url: str) -> Iterator[DatabaseProxy]:
    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(database_url)
        if directory := parse_qs(parts.query).get("host"):
            return await asyncio.open_unix_connection(f"{directory[0]}/.s.PGSQL.{_PORT}")
        return await asyncio.open_connection(parts.hostname, parts.port or _PORT)

    proxy = TcpProxy(connect)
    with EventLoopThread.running() as event_loop:
        event_loop.run(proxy.start())
        try:
            yield DatabaseProxy(proxy, event_loop, database_url)
        finally:
            proxy.conditions = NORMAL
            event_loop.run(proxy.stop())
