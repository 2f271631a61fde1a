"""How an answer reaches the client, if it does: honestly, late, spoilt or never."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from aiohttp import web

from sandbox_bank.problem import ProblemError


@dataclass(frozen=True, slots=True)
class Answer:
    """What an honest bank would say of a transfer it has taken."""

    http_status: int
    transfer: Mapping[str, str | None]

    def response(self) -> web.Response:
        return web.json_response(dict(self.transfer), status=self.http_status)


# A delivery is called after the commit: whatever it does, the ledger stands.
Delivery = Callable[[web.Request, Answer], Awaitable[web.StreamResponse]]


async def honestly(_request: web.Request, answer: Answer) -> web.StreamResponse:
    return answer.response()


def after(seconds: float) -> Delivery:
    async def late(_request: web.Request, answer: Answer) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return answer.response()

    return late


async def never(request: web.Request, answer: Answer) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return answer.response()


async def as_an_error(_request: web.Request, _answer: Answer) -> web.StreamResponse:
    raise ProblemError(500, "internal_error", "Something went wrong after the transfer was taken.")


async def with_another_amount(_request: web.Request, answer: Answer) -> web.StreamResponse:
    other = Decimal(answer.transfer["amount"] or 0) + 1
    return replace(answer, transfer={**answer.transfer, "amount": f"{other:f}"}).response()


async def garbled(_request: web.Request, answer: Answer) -> web.StreamResponse:
    text = answer.response().text or ""
    return web.Response(
        text=text[: len(text) // 2], status=answer.http_status, content_type="application/json"
    )
