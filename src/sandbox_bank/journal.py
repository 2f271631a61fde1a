"""The journal: for each request one line that says what became of it."""

import logging
import re
import time
from contextvars import ContextVar

from aiohttp import web
from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)

# What the request's handlers have to say; each request runs in a context of its own.
_facts: ContextVar[dict[str, object]] = ContextVar("facts")

_SANE_REQUEST_ID = re.compile(r"[!-~]{1,128}")


def note(**facts: object) -> None:
    """Add to the line of the request that is being handled. Never a whole account number."""
    _facts.get().update(facts)


@web.middleware
async def keep_journal(request: web.Request, handler: Handler) -> web.StreamResponse:
    facts: dict[str, object] = {}
    _facts.set(facts)
    started = time.perf_counter()
    response = await handler(request)
    # The transport is closing when a behaviour dropped the line or the client has left.
    is_answered = request.transport is not None and not request.transport.is_closing()
    duration_ms = round((time.perf_counter() - started) * 1000, 1)
    line = {
        **_describe(request),
        "http_status": response.status,
        "answered": is_answered,
        "duration_ms": duration_ms,
        **facts,
    }
    level = logging.DEBUG if request.path == "/health" else logging.INFO
    _log.log(level, "request.handled", extra={"facts": line})
    return response


def _describe(request: web.Request) -> dict[str, object]:
    # The route's own pattern, not the path: a client may put anything into a path.
    resource = request.match_info.route.resource
    facts: dict[str, object] = {
        "method": request.method,
        "route": resource.canonical if resource else None,
    }
    request_id = request.headers.get("X-Request-ID", "")
    if _SANE_REQUEST_ID.fullmatch(request_id):
        facts["request_id"] = request_id
    return facts
