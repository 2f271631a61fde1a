"""Sends each callback until the receiver answers 2xx: at least once, in no particular order."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from standardwebhooks import Webhook

from sandbox_bank.callback import build_body, build_headers, choose_retry_seconds
from sandbox_bank.ledger import Ledger
from sandbox_bank.request_log import mask_account
from sandbox_bank.settings import CallbackSettings
from sandbox_bank.transfer import Transfer

ATTEMPT_SECONDS: Final = 5
BATCH_SIZE: Final = 16
_POLL_SECONDS: Final = 0.1
_PAUSE_AFTER_ERROR_SECONDS: Final = 5
_SUCCESS: Final = range(200, 300)

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@asynccontextmanager
async def sending_callbacks(
    settings: CallbackSettings | None, ledger: Ledger
) -> AsyncIterator[None]:
    """Send callbacks during the block; an attempt that the end cuts off is made again later."""
    if settings is None:
        yield
        return
    async with ClientSession(
        # A connection that is kept open could be closed when the next callback is due.
        connector=TCPConnector(force_close=True),
        timeout=ClientTimeout(total=ATTEMPT_SECONDS),
    ) as session:
        task = asyncio.create_task(CallbackSender(settings, ledger, session).run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class CallbackSender:
    def __init__(self, settings: CallbackSettings, ledger: Ledger, session: ClientSession) -> None:
        self._url = settings.url
        self._webhook = Webhook(settings.secret)
        self._ledger = ledger
        self._session = session

    async def run(self) -> None:
        """Poll the ledger for due callbacks until cancelled."""
        while True:
            try:
                await self._send_due()
                await asyncio.sleep(_POLL_SECONDS)
            except Exception:
                _log.exception("callback.error")
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)

    async def _send_due(self) -> None:
        """Send one batch at the same time; the slowest attempt delays the next batch."""
        due = self._ledger.find_due_callbacks(limit=BATCH_SIZE)
        async with asyncio.TaskGroup() as attempts:
            for transfer, failed_before in due:
                attempts.create_task(self._attempt(transfer, failed_before))

    async def _attempt(self, transfer: Transfer, failed_before: int) -> None:
        started = time.perf_counter()
        answer = await self._post(transfer)
        log = _log.bind(
            reference=transfer.order.reference,
            account=mask_account(transfer.order.account),
            status=transfer.final_status,
            attempt=failed_before + 1,
            answer=answer,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
        )
        if answer in _SUCCESS:
            self._ledger.finish_callback_attempt(transfer.id, next_at=None)
            log.info("callback.sent")
            return
        now = time.time()
        retry_seconds = choose_retry_seconds(transfer, failed_before=failed_before, now=now)
        self._ledger.finish_callback_attempt(
            transfer.id, next_at=None if retry_seconds is None else now + retry_seconds
        )
        log.warning("callback.failed", retry_seconds=retry_seconds)

    async def _post(self, transfer: Transfer) -> int | str:
        """Return the HTTP status, or the name of the error."""
        body = build_body(transfer)
        headers = build_headers(transfer, body, self._webhook)
        try:
            async with self._session.post(
                self._url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                return response.status
        except (ClientError, TimeoutError) as error:
            return type(error).__name__
