"""An RSGI application that takes a request in, and has a WSGI application answer it in a thread."""

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final
from wsgiref.types import WSGIApplication

from config.web.answer import answer
from config.web.body import Body, BodyRefusedError
from config.web.environ import environ_of
from config.web.interface import HTTPProtocol, Scope
from config.web.threads import Threads

# A key of the environ. The application answers such a request without looking at anything else.
REFUSAL: Final = "payouts.refusal"
OVERLOADED: Final = "overloaded"
# Health checks, metrics and refusals must not wait for the threads of other requests.
RESERVED_THREADS: Final = 4
RESERVED_PATHS: Final = ("/health/", "/metrics")


class WebApplication:
    """Serves `wsgi` to granian.

    A thread is taken only for a request that has arrived whole, and for as long as the application
    runs: neither a client that sends slowly nor one that reads slowly occupies one.
    """

    def __init__(
        self,
        wsgi: WSGIApplication,
        *,
        threads: int,
        max_body_bytes: int,
        on_start: Callable[[], object] | None = None,
    ) -> None:
        """`on_start` is called in each process, before its first request."""
        self._wsgi = wsgi
        self._on_start = on_start
        self._thread_count = threads
        self._max_body_bytes = max_body_bytes

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve granian's hook, which runs in each process after the fork."""
        # A new task runs at once until it has to wait, which saves an iteration of the loop.
        loop.set_task_factory(asyncio.eager_task_factory)
        if self._on_start:
            self._on_start()
        self._loop = loop
        self._threads = Threads(self._thread_count, name="request", loop=loop)
        self._reserved = Threads(RESERVED_THREADS, name="reserved", loop=loop)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        body = Body.of(scope, protocol)
        if body is None:
            await self._answer(scope, protocol, b"")
            return
        try:
            content = await body.read(limit_bytes=self._max_body_bytes)
        except BodyRefusedError as error:
            await self._answer(scope, protocol, b"", refusal=error.reason)
            if error.reason == "too_large":
                await body.discard()
        else:
            await self._answer(scope, protocol, content)

    async def _answer(
        self, scope: Scope, protocol: HTTPProtocol, body: bytes, *, refusal: str | None = None
    ) -> None:
        threads = self._threads
        if refusal is None and threads.is_full:
            refusal = OVERLOADED
        if refusal or scope.path.startswith(RESERVED_PATHS):
            threads = self._reserved
        await threads.run(partial(self._call, scope, protocol, body, refusal))

    def _call(
        self,
        scope: Scope,
        protocol: HTTPProtocol,
        body: bytes,
        refusal: str | None,
        has_waited_too_long: bool,
    ) -> None:
        environ = environ_of(scope, body)
        if refusal := refusal or (OVERLOADED if has_waited_too_long else None):
            environ[REFUSAL] = refusal
        try:
            answer(self._wsgi, environ, protocol, self._loop)
        except Exception:
            # Without effect when the answer has begun.
            protocol.response_empty(HTTPStatus.INTERNAL_SERVER_ERROR, [])
            raise
