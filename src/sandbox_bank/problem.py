"""Error responses as application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class ProblemError(Exception):
    """Ends a request with an error response; `reason` is an ISO 20022 reason code."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = headers
        self.reason = reason

    def to_response(self) -> web.Response:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": str(self),
            "code": self.code,
            "reason": self.reason,
        }
        return web.json_response(
            body, status=self.status, headers=self.headers, content_type="application/problem+json"
        )


@web.middleware
async def render_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception of a handler into an error response."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return problem.to_response()
    except web.HTTPException as error:
        return _from_http_exception(error).to_response()
    except Exception:
        _log.exception("request.failed")
        return ProblemError(500, "internal_error", "The bank failed. Try again.").to_response()


def _from_http_exception(error: web.HTTPException) -> ProblemError:
    phrase = HTTPStatus(error.status).phrase
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return ProblemError(
        error.status, phrase.lower().replace(" ", "_"), f"{phrase}.", headers=headers
    )
