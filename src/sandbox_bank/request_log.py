"""Logs: one line for each request and each callback, as JSON or for people."""

import logging
import re
import sys
import time
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

_VISIBLE_CHARACTERS: Final = 4
_REQUEST_ID: Final = re.compile(r"[!-~]{1,128}")

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def mask_account(account: str) -> str:
    """Hide all but the last four characters, and at least four of a short number."""
    hidden = max(len(account) - _VISIBLE_CHARACTERS, _VISIBLE_CHARACTERS)
    return "*" * hidden + account[hidden:]


def configure_logging(*, log_format: str, level: str) -> None:
    """Write log lines to standard output, as `json` or for a `console`."""
    # aiohttp quotes requests that it cannot parse, and these may hold account numbers.
    logging.getLogger("aiohttp.server").disabled = True
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    as_json = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *(as_json if log_format == "json" else [console]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        cache_logger_on_first_use=True,
    )


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log each request when its handler ends, with what the handler bound to the context."""
    started = time.perf_counter()
    response = await handler(request)
    log = _log.debug if request.path == "/health" else _log.info
    resource = request.match_info.route.resource
    request_id = request.headers.get("X-Request-ID", "")
    log(
        "request.handled",
        method=request.method,
        # The route's pattern. The path may hold anything, an account number included.
        route=resource.canonical if resource else None,
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else None,
        http_status=response.status,
        # The connection is closing if a behaviour dropped it or the client left.
        answered=request.transport is not None and not request.transport.is_closing(),
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return response
