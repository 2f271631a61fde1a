"""A line between clients and a server that can be made slow, short, deaf or broken."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

_CHUNK_BYTES = 64 * 1024
_POLL_SECONDS = 0.05
# Closing with this option sends a reset instead of a farewell.
_RESET = struct.pack("ii", 1, 0)

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What befalls the bytes: each chunk waits, all are swallowed, or the line breaks.

    `cut_after_bytes` counts from the start of a connection, each direction by itself.
    """

    delay_seconds: float = 0
    cut_after_bytes: int | None = None
    is_silent: bool = False


CLEAR = Weather()


class Line:
    """Listens on a port of its own and passes on to the server what comes and goes."""

    def __init__(self, connect: Callable[[], Awaitable[Streams]]) -> None:
        self.weather = CLEAR
        self.port = 0
        self._connect = connect
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        await self.reset()

    async def reset(self) -> None:
        """Break every connection that is open."""
        for writer in list(self._open):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await self._connect()
        except OSError:
            _reset(writer)
            return
        ends = {writer, there[1]}
        self._open |= ends
        try:
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._pass_on(reader, there[1]))
                directions.create_task(self._pass_on(there[0], writer))
        except* OSError:
            pass  # one end is gone, or the weather broke the line: the other shall know
        finally:
            self._open -= ends
            for end in ends:
                _reset(end)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        while chunk := await reader.read(_CHUNK_BYTES):
            await self._hold_back()
            limit = self.weather.cut_after_bytes
            if limit is not None and passed + len(chunk) > limit:
                writer.write(chunk[: max(limit - passed, 0)])
                await writer.drain()
                raise ConnectionResetError
            passed += len(chunk)
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()

    async def _hold_back(self) -> None:
        while self.weather.is_silent:
            await asyncio.sleep(_POLL_SECONDS)
        if self.weather.delay_seconds:
            await asyncio.sleep(self.weather.delay_seconds)


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    if line is not None and line.family != socket.AF_UNIX:
        with suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
