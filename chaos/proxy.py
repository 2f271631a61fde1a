"""A TCP proxy that can delay, cut, block or reset the connections between clients and a server."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

_CHUNK_BYTES = 64 * 1024
_POLL_SECONDS = 0.05
# SO_LINGER with a time of 0 makes close() send RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConditions:
    """What happens to the bytes that pass through the proxy.

    `cut_after_bytes` counts from the start of a connection, in each direction separately.
    `is_silent` keeps connections open but passes no bytes on.
    """

    delay_seconds: float = 0
    cut_after_bytes: int | None = None
    is_silent: bool = False


NORMAL = NetworkConditions()


class TcpProxy:
    """Listens on a port of its own and passes bytes on to the server in both directions.

    `disturbances` counts the delayed and withheld chunks and the connections that were cut or
    reset, so that a caller can find out whether a fault affected any traffic.
    """

    def __init__(self, connect: Callable[[], Awaitable[Streams]]) -> None:
        self.conditions = NORMAL
        self.port = 0
        self.disturbances = 0
        self._connect = connect
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; after a stop, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse new connections and reset the open ones."""
        assert self._server
        self._server.close()
        await self.reset()

    async def reset(self) -> None:
        """Reset all open connections."""
        for writer in list(self._writers):
            self.disturbances += 1
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await self._connect()
        except OSError:
            _reset(writer)
            return
        writers = {writer, server_writer}
        self._writers |= writers
        try:
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._copy(reader, server_writer))
                directions.create_task(self._copy(server_reader, writer))
        except* OSError:
            pass  # one side has closed, or the fault cut the connection: both sides are closed now
        finally:
            self._writers -= writers
            for each in writers:
                _reset(each)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        copied = 0
        while chunk := await reader.read(_CHUNK_BYTES):
            await self._delay()
            limit = self.conditions.cut_after_bytes
            if limit is not None and copied + len(chunk) > limit:
                self.disturbances += 1
                writer.write(chunk[: max(limit - copied, 0)])
                await writer.drain()
                raise ConnectionResetError
            copied += len(chunk)
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()

    async def _delay(self) -> None:
        conditions = self.conditions
        self.disturbances += conditions.is_silent or conditions.delay_seconds > 0
        while self.conditions.is_silent:
            await asyncio.sleep(_POLL_SECONDS)
        if self.conditions.delay_seconds:
            await asyncio.sleep(self.conditions.delay_seconds)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.family != socket.AF_UNIX:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
