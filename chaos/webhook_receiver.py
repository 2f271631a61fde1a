"""A webhook endpoint that fails half of its requests, and records all of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Self

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

# Longer than the service waits for an answer.
_SILENCE_SECONDS = 20


class Reaction(StrEnum):
    """What the receiver does with a request. Only ACCEPT tells the service that it was received."""

    ACCEPT = "accept"
    ERROR = "500"
    BUSY = "503 with Retry-After"
    REDIRECT = "redirect"
    RESET = "reset"
    SILENCE = "no answer"


# Half of all requests fail. Few stay without an answer, because each takes 15 seconds.
_WEIGHTS = {
    Reaction.ACCEPT: 501,
    Reaction.ERROR: 200,
    Reaction.BUSY: 50,
    Reaction.REDIRECT: 50,
    Reaction.RESET: 200,
    Reaction.SILENCE: 1,
}
_ANSWERS: dict[Reaction, tuple[int, dict[str, str]]] = {
    Reaction.ACCEPT: (204, {}),
    Reaction.ERROR: (500, {}),
    Reaction.BUSY: (503, {"Retry-After": "1"}),
    Reaction.REDIRECT: (307, {"Location": "/payouts"}),
}


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    message_id: str
    body: bytes
    is_signed: bool
    reaction: Reaction

    @property
    def is_accepted(self) -> bool:
        return self.reaction is Reaction.ACCEPT


@dataclass
class WebhookReceiver:
    """Reacts by the seed and the number of the request. `secret` is known when it is registered."""

    seed: int
    secret: str = ""
    port: int = 0
    requests: list[ReceivedRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/payouts"

    @property
    def accepted(self) -> set[str]:
        """The ids of the messages that the service knows to have been received."""
        return {each.message_id for each in self.requests if each.is_accepted}

    @classmethod
    @asynccontextmanager
    async def serving(cls, seed: int) -> AsyncIterator[Self]:
        receiver = cls(seed)
        application = web.Application()
        application.router.add_post("/payouts", receiver._receive)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            receiver.port = runner.addresses[0][1]
            yield receiver
        finally:
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        reaction = self._choose()
        self.requests.append(
            ReceivedRequest(
                message_id=request.headers.get("webhook-id", ""),
                body=body,
                is_signed=self._is_signed(request, body),
                reaction=reaction,
            )
        )
        return await _react(request, reaction)

    def _choose(self) -> Reaction:
        random = Random(f"webhook {self.seed} {len(self.requests)}")
        return random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            return False
        return True


async def _react(request: web.Request, reaction: Reaction) -> web.StreamResponse:
    if reaction in _ANSWERS:
        status, headers = _ANSWERS[reaction]
        return web.Response(status=status, headers=headers)
    if reaction is Reaction.SILENCE:
        await asyncio.sleep(_SILENCE_SECONDS)
    if request.transport:
        request.transport.abort()
    return web.Response()
