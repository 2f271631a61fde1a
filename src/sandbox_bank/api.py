"""The bank's HTTP API."""

import asyncio
import hmac
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from structlog.contextvars import bind_contextvars

from sandbox_bank.behaviour import Decline, choose_look_up_response, choose_step, find_ending
from sandbox_bank.ledger import Ledger
from sandbox_bank.order_parser import is_reference, parse_order
from sandbox_bank.problem import ProblemError, render_problems
from sandbox_bank.request_log import log_requests, mask_account
from sandbox_bank.settings import Settings
from sandbox_bank.statement import build_statement
from sandbox_bank.transfer import TransferOrder

_MAX_BODY_BYTES: Final = 16 * 1024
_BODY_SECONDS: Final = 10
_PUBLIC_PATH: Final = "/health"


def build_app(*, settings: Settings, ledger: Ledger) -> web.Application:
    app = web.Application(
        # The first is the outermost, so the log also has requests with a wrong token.
        middlewares=[log_requests, render_problems, _require_token(settings.token)],
        client_max_size=_MAX_BODY_BYTES,
    )
    api = Api(ledger=ledger, latency_seconds=settings.latency_seconds)
    app.router.add_get(_PUBLIC_PATH, api.get_health)
    app.router.add_post("/v1/transfers", api.post_transfer)
    app.router.add_get("/v1/transfers/{reference}", api.get_transfer)
    app.router.add_get("/v1/ledger", api.get_ledger)
    return app


class Api:
    def __init__(self, *, ledger: Ledger, latency_seconds: float) -> None:
        self._ledger = ledger
        self._latency_seconds = latency_seconds

    async def get_health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "healthy"})

    async def post_transfer(self, request: web.Request) -> web.StreamResponse:
        order = await _read_order(request)
        await asyncio.sleep(self._latency_seconds)
        post_count = self._ledger.count_post(order.reference)
        bind_contextvars(posts=post_count, behaviour=find_ending(order.account))
        step = choose_step(order.account, post_count)
        if isinstance(step, Decline):
            raise _declined(step)
        # aiohttp finishes a handler even if its client leaves during these waits.
        await asyncio.sleep(step.seconds_before_recording)
        transfer, is_new = self._ledger.record(
            order,
            final_status=step.final_status,
            final_reason=step.final_reason,
            pending_seconds=step.pending_seconds,
        )
        if transfer.order != order:
            raise ProblemError(
                409, "reference_reused", "The reference belongs to a transfer with other content."
            )
        body = transfer.to_json()
        bind_contextvars(status=body["status"], reason=body["reason"])
        await asyncio.sleep(step.seconds_before_responding)
        return await step.respond(request, 201 if is_new else 200, body)

    async def get_transfer(self, request: web.Request) -> web.StreamResponse:
        reference = request.match_info["reference"]
        await asyncio.sleep(self._latency_seconds)
        # Only valid references are queried and logged; a path may hold anything.
        transfer = self._ledger.find(reference) if is_reference(reference) else None
        if transfer is None:
            raise ProblemError(404, "transfer_not_found", "No transfer has this reference.")
        body = transfer.to_json()
        bind_contextvars(reference=reference, status=body["status"], reason=body["reason"])
        return await choose_look_up_response(transfer.order.account)(request, 200, body)

    async def get_ledger(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(build_statement(self._ledger.find_settled()))


async def _read_order(request: web.Request) -> TransferOrder:
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        raise ProblemError(415, "unsupported_media_type", "Send application/json, uncompressed.")
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await request.read()
    except TimeoutError as error:
        raise ProblemError(408, "request_timeout", "The body did not arrive in time.") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise ProblemError(400, "malformed_order", "The body cannot be read.") from error
    order = parse_order(body)
    bind_contextvars(reference=order.reference, account=mask_account(order.account))
    if request.headers.get("Idempotency-Key") != order.reference:
        raise ProblemError(400, "malformed_order", "Idempotency-Key must equal the reference.")
    return order


def _declined(step: Decline) -> ProblemError:
    detail = "The bank will never accept this order." if step.reason else "Try again later."
    return ProblemError(
        step.http_status, step.code, detail, headers=step.headers, reason=step.reason
    )


def _require_token(token: str) -> Middleware:
    expected = f"Bearer {token}".encode()

    @web.middleware
    async def require_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if request.path != _PUBLIC_PATH and not hmac.compare_digest(given, expected):
            raise ProblemError(
                401,
                "unauthorised",
                "Send the token in the Authorization header.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return require_token
