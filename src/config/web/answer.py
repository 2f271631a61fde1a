"""Calls the WSGI application, in a thread of its own, and sends what it returns."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment
from wsgiref.util import FileWrapper

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # an alias for granian

from config.web.interface import HTTPProtocol

type Head = tuple[int, list[tuple[str, str]]]


def answer(
    application: WSGIApplication,
    environ: WSGIEnvironment,
    protocol: HTTPProtocol,
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Answer one request. Returns once granian has the answer; the client may take it later."""
    heads: list[Head] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _error: Any = None, /
    ) -> Callable[[bytes], object]:
        heads.append((int(status[:3]), headers))
        return _write

    result = application(environ, start_response)
    try:
        if path := _path_of(result):
            # Granian reads the file itself, as fast as the client takes it.
            protocol.response_file(*heads[-1], path)
            return
        chunks = iter(result)
        # A WSGI application may call `start_response` as late as for the first chunk.
        first, second = next(chunks, b""), next(chunks, None)
        if second is None:
            protocol.response_bytes(*heads[-1], first)
        else:
            _stream(protocol, heads[-1], chain((first, second), chunks), loop)
    finally:
        if close := getattr(result, "close", None):
            close()


def _path_of(result: Iterable[bytes]) -> str | None:
    """Return the path if the answer is one whole file; a part of one has no name."""
    path = getattr(result.filelike, "name", None) if isinstance(result, FileWrapper) else None
    return path if isinstance(path, str) else None


def _stream(
    protocol: HTTPProtocol, head: Head, chunks: Iterator[bytes], loop: asyncio.AbstractEventLoop
) -> None:
    """Send the chunks one by one, until the client has gone.

    Granian queues without a bound what a slow client has not taken yet, so that no thread waits
    for it. An answer must therefore fit into memory.
    """
    transport = protocol.response_stream(*head)

    async def send(chunk: bytes) -> None:
        await transport.send_bytes(chunk)

    with suppress(ProtocolClosed):
        for chunk in chunks:
            asyncio.run_coroutine_threadsafe(send(chunk), loop).result()


def _write(_data: bytes) -> object:
    raise NotImplementedError("The application has to return its body.")
