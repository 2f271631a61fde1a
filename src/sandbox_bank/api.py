"""What clients can ask of the bank, and who may."""

import asyncio
import hmac
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox_bank.behaviour import Accept, Decline, choose_behaviour, find_ending
from sandbox_bank.delivery import Answer
from sandbox_bank.journal import keep_journal, note
from sandbox_bank.ledger import Ledger
from sandbox_bank.log import mask_account
from sandbox_bank.order_parser import MalformedOrderError, is_reference, parse_order
from sandbox_bank.problem import ProblemError, answer_problems
from sandbox_bank.settings import Settings
from sandbox_bank.statement import write_statement
from sandbox_bank.transfer import Transfer, TransferOrder

_BODY_LIMIT_BYTES: Final = 16 * 1024
_PUBLIC_PATH: Final = "/health"


def build_app(*, settings: Settings, ledger: Ledger) -> web.Application:
    app = web.Application(
        # The first is the outermost: the journal also tells of those who were turned away.
        middlewares=[
            keep_journal,
            answer_problems,
            _require_token(settings.token),
        ],
        client_max_size=_BODY_LIMIT_BYTES,
    )
    api = Api(ledger=ledger, base_latency_seconds=settings.base_latency_seconds)
    app.router.add_get(_PUBLIC_PATH, api.get_health)
    app.router.add_post("/v1/transfers", api.post_transfer)
    app.router.add_get("/v1/transfers/{reference}", api.get_transfer)
    app.router.add_get("/v1/ledger", api.get_ledger)
    return app


class Api:
    def __init__(self, *, ledger: Ledger, base_latency_seconds: float) -> None:
        self._ledger = ledger
        self._base_latency_seconds = base_latency_seconds

    async def get_health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "healthy"})

    async def post_transfer(self, request: web.Request) -> web.StreamResponse:
        order = await _read_order(request)
        await asyncio.sleep(self._base_latency_seconds)
        plan = await self._plan(order)
        if isinstance(plan, Decline):
            raise _problem(plan)
        # A client that leaves meanwhile does not end this: aiohttp lets handlers finish.
        await asyncio.sleep(plan.taken_after_seconds)
        answer = await self._take(order, plan)
        return await plan.delivery(request, answer)

    async def get_transfer(self, request: web.Request) -> web.StreamResponse:
        reference = request.match_info["reference"]
        await asyncio.sleep(self._base_latency_seconds)
        transfer = await self._find(reference)
        if transfer is None:
            raise ProblemError(404, "transfer_not_found", "There is no transfer of this reference.")
        look_up = choose_behaviour(transfer.order.account).look_up
        return await look_up(request, _answer(transfer, http_status=200))

    async def get_ledger(self, _request: web.Request) -> web.StreamResponse:
        transfers = await self._ledger.find_settled()
        note(count=len(transfers))
        # In a thread: a long ledger takes long to write out, and others want their answers.
        text = await asyncio.to_thread(write_statement, transfers)
        return web.Response(text=text, content_type="application/json")

    async def _find(self, reference: str) -> Transfer | None:
        # What is no reference stays out of the ledger's queries and out of the journal.
        if not is_reference(reference):
            return None
        note(reference=reference)
        return await self._ledger.find(reference)

    async def _plan(self, order: TransferOrder) -> Decline | Accept:
        tries = await self._ledger.count_try(order.reference)
        note(tries=tries, behaviour=find_ending(order.account))
        return choose_behaviour(order.account).plan(tries)

    async def _take(self, order: TransferOrder, plan: Accept) -> Answer:
        taken = await self._ledger.take(order, plan.settlement)
        if taken.transfer.order != order:
            raise ProblemError(
                409, "reference_reused", "The reference stands for another transfer."
            )
        return _answer(taken.transfer, http_status=201 if taken.is_new else 200)


async def _read_order(request: web.Request) -> TransferOrder:
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        raise ProblemError(415, "unsupported_media_type", "Send application/json, not compressed.")
    try:
        body = await request.read()
    except (web.RequestPayloadError, ConnectionError) as error:
        raise MalformedOrderError("The body cannot be read.") from error
    order = parse_order(body)
    note(reference=order.reference, account=mask_account(order.account))
    if request.headers.get("Idempotency-Key") != order.reference:
        raise MalformedOrderError("Idempotency-Key must be the reference.")
    return order


def _problem(plan: Decline) -> ProblemError:
    hint = "it never will be" if plan.reason else "try again later"
    return ProblemError(
        plan.http_status,
        plan.code,
        f"Nothing was accepted; {hint}.",
        headers=plan.headers,
        reason=plan.reason,
    )


def _answer(transfer: Transfer, *, http_status: int) -> Answer:
    answer = Answer(http_status, transfer.as_answer())
    note(status=answer.transfer["status"], reason=answer.transfer["reason"])
    return answer


def _require_token(token: str) -> Middleware:
    expected = f"Bearer {token}".encode()

    @web.middleware
    async def require_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if request.path != _PUBLIC_PATH and not hmac.compare_digest(given, expected):
            raise ProblemError(
                401, "unauthorised", "Send the token.", headers={"WWW-Authenticate": "Bearer"}
            )
        return await handler(request)

    return require_token
