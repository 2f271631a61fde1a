"""Errors as application/problem+json (RFC 9457)."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox_bank.order_parser import MalformedOrderError, OrderError, UnacceptableOrderError

_log = logging.getLogger(__name__)

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

_ORDER_ERRORS: Final[Mapping[type[OrderError], tuple[int, str]]] = MappingProxyType(
    {
        MalformedOrderError: (400, "malformed_order"),
        UnacceptableOrderError: (422, "unacceptable_order"),
    }
)


class ProblemError(Exception):
    """An answer that is not a transfer; `reason` is an ISO 20022 code, if there is one."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        reason: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = headers
        self.reason = reason

    def response(self) -> web.Response:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": str(self),
            "code": self.code,
            "reason": self.reason,
        }
        return web.Response(
            text=json.dumps(body),
            status=self.status,
            headers=self.headers,
            content_type="application/problem+json",
        )


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return problem.response()
    except OrderError as error:
        return ProblemError(*_ORDER_ERRORS[type(error)], str(error), reason=error.reason).response()
    except web.HTTPException as error:
        return _from_http_exception(error).response()
    except Exception:
        _log.exception("request.failed")
        return ProblemError(500, "internal_error", "Something went wrong in the bank.").response()


def _from_http_exception(error: web.HTTPException) -> ProblemError:
    phrase = HTTPStatus(error.status).phrase
    headers = {name: value for name, value in error.headers.items() if name == "Allow"}
    return ProblemError(
        error.status, phrase.lower().replace(" ", "_"), f"{phrase}.", headers=headers
    )
