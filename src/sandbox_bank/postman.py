"""Sends call-backs, each until it was received: at least once, in no certain order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from standardwebhooks import Webhook

from sandbox_bank.callback import Callback
from sandbox_bank.ledger import Ledger
from sandbox_bank.log import mask_account
from sandbox_bank.settings import CallbackSettings

TRY_SECONDS: Final = 5
# So many may hang, each for as long as a try may take, before others have to wait for them.
AT_ONCE: Final = 16
_LOOK_SECONDS: Final = 0.1
_PAUSE_SECONDS: Final = 5
_RECEIVED: Final = range(200, 300)

_log = logging.getLogger(__name__)


@asynccontextmanager
async def calling_back(settings: CallbackSettings | None, ledger: Ledger) -> AsyncIterator[None]:
    """Send call-backs during the block; what it cuts off is sent again by the next one."""
    if settings is None:
        yield
        return
    async with ClientSession(
        # A line that is kept open may be gone when the next call-back comes.
        connector=TCPConnector(force_close=True),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=TRY_SECONDS),
    ) as session:
        work = asyncio.create_task(Postman(settings, ledger, session).work())
        try:
            yield
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


class Postman:
    def __init__(self, settings: CallbackSettings, ledger: Ledger, session: ClientSession) -> None:
        self._url = settings.url
        self._webhook = Webhook(settings.secret)
        self._ledger = ledger
        self._session = session
        self._in_hand: set[str] = set()

    async def work(self) -> None:
        """Look for what is due, again and again, until cancelled."""
        async with asyncio.TaskGroup() as tries:
            while True:
                for callback in await self._find_due():
                    self._in_hand.add(callback.id)
                    tries.create_task(self._try(callback))
                await asyncio.sleep(_LOOK_SECONDS)

    async def _find_due(self) -> list[Callback]:
        """Return what there is a free hand for."""
        try:
            due = await self._ledger.find_due_callbacks(limit=AT_ONCE)
        except Exception:  # as with a request, it ends this look and not the bank
            _log.exception("callback.look_failed")
            return []
        # What is in hand is still due, and due longest: it takes up its share of the limit.
        return [callback for callback in due if callback.id not in self._in_hand]

    async def _try(self, callback: Callback) -> None:
        try:
            await self._send(callback)
        except Exception:  # whatever it is, it must not end the others
            _log.exception("callback.failed", extra={"facts": _facts(callback)})
            # Still due. A ledger that cannot be written to must not make that a storm.
            await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._in_hand.discard(callback.id)

    async def _send(self, callback: Callback) -> None:
        started = time.perf_counter()
        answer = await self._post(callback)
        duration_ms = round((time.perf_counter() - started) * 1000, 1)
        facts = {**_facts(callback), "answer": answer, "duration_ms": duration_ms}
        if answer in _RECEIVED:
            await self._ledger.drop_callback(callback)
            _log.info("callback.sent", extra={"facts": facts})
            return
        due_at = callback.next_try_at(datetime.now(UTC))
        if due_at is None:
            await self._ledger.drop_callback(callback)
        else:
            await self._ledger.postpone_callback(callback, due_at)
        facts["next_try_at"] = due_at and due_at.isoformat(timespec="milliseconds")
        _log.warning("callback.failed", extra={"facts": facts})

    async def _post(self, callback: Callback) -> int | str:
        """Return the status of the answer, or the name of what came instead."""
        body = callback.body
        headers = {"Content-Type": "application/json", **callback.sign(body, self._webhook)}
        try:
            async with self._session.post(
                self._url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                return response.status
        except (ClientError, TimeoutError) as error:
            return type(error).__name__


def _facts(callback: Callback) -> dict[str, object]:
    transfer = callback.transfer
    return {
        "callback_id": callback.id,
        "reference": transfer.order.reference,
        "account": mask_account(transfer.order.account),
        "status": transfer.outcome.value,
        "tries": callback.failures + 1,
    }
