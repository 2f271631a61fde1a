"""Reads a request's body before a thread is taken, within limits of size and time."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from config.web.interface import HTTPProtocol, Scope

BODY_LIMIT_SECONDS: Final = 10
# A client that ignores an early 413 and goes on sending gets this far before the connection closes.
DISCARD_LIMIT_BYTES: Final = 16 * 1024 * 1024


class BodyRefusedError(Exception):
    """The body cannot be used. `reason` is a key of the application's answers to refusals."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Body:
    """The body of one request, of `length` bytes, or of unknown length when it is chunked."""

    protocol: HTTPProtocol
    length: int | None
    # The client waits for `100 Continue`, which granian sends when the body is first read.
    is_awaited: bool

    @classmethod
    def of(cls, scope: Scope, protocol: HTTPProtocol) -> "Body | None":
        """Find the body that the headers announce; None if they announce none."""
        headers = scope.headers
        is_chunked = "transfer-encoding" in headers
        length = int(headers.get("content-length") or 0)
        if not (is_chunked or length):
            return None
        return cls(
            # Granian lets a body be iterated over once only.
            protocol=aiter(protocol),
            length=None if is_chunked else length,
            is_awaited=(headers.get("expect") or "").lower() == "100-continue",
        )

    async def read(self, *, limit_bytes: int) -> bytes:
        """Return the whole body; raise BodyRefusedError: too_large, timeout, incomplete."""
        if self.length is not None and self.length > limit_bytes:
            raise BodyRefusedError("too_large")
        try:
            async with asyncio.timeout(BODY_LIMIT_SECONDS):
                return await self._read(limit_bytes)
        except TimeoutError:
            raise BodyRefusedError("timeout") from None

    async def _read(self, limit_bytes: int) -> bytes:
        chunks: list[bytes] = []
        size = ends = 0
        while (chunk := await self._next()) is not None:
            chunks.append(chunk)
            size += len(chunk)
            ends += not chunk
            if size > limit_bytes:
                raise BodyRefusedError("too_large")
            if size == self.length:
                return b"".join(chunks)
        # Granian gives one empty chunk at the end, and two when the connection was lost.
        if self.length is not None or ends != 1:
            raise BodyRefusedError("incomplete")
        return b"".join(chunks)

    async def discard(self) -> None:
        """Read on without keeping anything, so that a client that is still sending gets its answer.

        Closing a connection with unread data resets it, and the client may lose the answer.
        """
        if self.is_awaited:
            return
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(BODY_LIMIT_SECONDS):
                while (chunk := await self._next()) is not None:
                    size += len(chunk)
                    if size > DISCARD_LIMIT_BYTES:
                        return

    async def _next(self) -> bytes | None:
        """Return the next chunk, or None after the last.

        Not `anext` with a default, which ends the process when it meets granian's awaitables.
        """
        try:
            return await self.protocol.__anext__()
        except StopAsyncIteration:
            return None
