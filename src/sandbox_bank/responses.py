"""How the bank answers a POST or a look-up: with the truth, or with one of many faults.

Each response is made after the ledger holds the transfer.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Final
from uuid import uuid4

from aiohttp.web import Request, Response, StreamResponse, json_response

from sandbox_bank.problem import ProblemError

type TransferJson = Mapping[str, str | None]
type Responder = Callable[[Request, int, TransferJson], Awaitable[StreamResponse]]

_DRIP_SECONDS_PER_BYTE: Final = 0.5
_HUGE_BYTES: Final = 2_000_000


async def send_truth(_: Request, status: int, transfer: TransferJson) -> StreamResponse:
    return json_response(transfer, status=status)


async def send_error(_: Request, _status: int, _transfer: TransferJson) -> StreamResponse:
    raise ProblemError(500, "internal_error", "The bank failed after it recorded the transfer.")


async def send_other_amount(_: Request, status: int, transfer: TransferJson) -> StreamResponse:
    amount = Decimal(transfer["amount"] or 0) + 1
    return json_response({**transfer, "amount": f"{amount:f}"}, status=status)


async def send_other_reference(_: Request, status: int, transfer: TransferJson) -> StreamResponse:
    return json_response({**transfer, "reference": uuid4().hex}, status=status)


async def send_half(_: Request, status: int, transfer: TransferJson) -> StreamResponse:
    text = json.dumps(transfer)
    return Response(text=text[: len(text) // 2], status=status, content_type="application/json")


async def send_html(_: Request, _status: int, _transfer: TransferJson) -> StreamResponse:
    return Response(text="<p>Thank you for your order.</p>", content_type="text/html")


async def send_huge(_: Request, status: int, transfer: TransferJson) -> StreamResponse:
    return json_response({**transfer, "padding": " " * _HUGE_BYTES}, status=status)


async def send_byte_by_byte(
    request: Request, status: int, transfer: TransferJson
) -> StreamResponse:
    body = json.dumps(transfer).encode()
    response = StreamResponse(status=status)
    response.content_type = "application/json"
    response.content_length = len(body)
    # Clients are expected to leave before the last byte.
    with suppress(ConnectionError):
        await response.prepare(request)
        for byte in body:
            await response.write(bytes((byte,)))
            await asyncio.sleep(_DRIP_SECONDS_PER_BYTE)
    return response


async def drop_connection(request: Request, status: int, transfer: TransferJson) -> StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return await send_truth(request, status, transfer)
