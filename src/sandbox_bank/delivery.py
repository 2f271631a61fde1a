"""How an answer reaches the client, if it does: honestly, late, spoilt or never."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import uuid4

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


async def with_another_reference(_request: web.Request, answer: Answer) -> web.StreamResponse:
    return replace(answer, transfer={**answer.transfer, "reference": uuid4().hex}).response()


async def in_prose(_request: web.Request, _answer: Answer) -> web.StreamResponse:
    return web.Response(text="<p>Thank you for your order.</p>", content_type="text/html")


async def garbled(_request: web.Request, answer: Answer) -> web.StreamResponse:
    text = answer.response().text or ""
    return web.Response(
        text=text[: len(text) // 2], status=answer.http_status, content_type="application/json"
    )


def padded(padding_bytes: int) -> Delivery:
    async def huge(_request: web.Request, answer: Answer) -> web.StreamResponse:
        padding = " " * padding_bytes
        return replace(answer, transfer={**answer.transfer, "padding": padding}).response()

    return huge


def byte_by_byte(pause_seconds: float) -> Delivery:
    async def drip(request: web.Request, answer: Answer) -> web.StreamResponse:
        body = (answer.response().text or "").encode()
        response = web.StreamResponse(
            status=answer.http_status,
            headers={"Content-Type": "application/json", "Content-Length": str(len(body))},
        )
        # Nobody waits for the last byte: that the client has left is how this ends.
        with suppress(ConnectionError):
            await response.prepare(request)
            for byte in body:
                await response.write(bytes((byte,)))
                await asyncio.sleep(pause_seconds)
        return response

    return drip
