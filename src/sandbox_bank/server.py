"""The bank's process: it serves until SIGINT or SIGTERM."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import click
import structlog
from aiohttp import web

from sandbox_bank.api import build_app
from sandbox_bank.callback_sender import sending_callbacks
from sandbox_bank.ledger import Ledger
from sandbox_bank.request_log import configure_logging
from sandbox_bank.settings import Settings

# A stalled answer sleeps for a minute; a bank that is stopped does not wait for it.
_SHUTDOWN_SECONDS: Final = 0.2

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class StartError(click.ClickException):
    """The bank cannot open its ledger or its port; the text is one line."""


def run(*, host: str, port: int, ledger_path: Path) -> None:
    """Serve until SIGINT or SIGTERM; raise SettingsError or StartError if that is impossible."""
    # Ledger files hold whole account numbers. Only their owner may read them.
    os.umask(0o077)
    settings = Settings.read(os.environ)
    configure_logging(log_format=settings.log_format, level=settings.log_level)
    with closing(_open_ledger(ledger_path, settings)) as ledger:
        asyncio.run(_serve(settings, ledger, host=host, port=port))
    _log.info("bank.stopped")


def _open_ledger(path: Path, settings: Settings) -> Ledger:
    try:
        return Ledger(
            path, keeps_keys=settings.keeps_keys, sends_callbacks=settings.callbacks is not None
        )
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"cannot open the ledger {path}: {error}") from error


async def _serve(settings: Settings, ledger: Ledger, *, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with (
        _listening(build_app(settings=settings, ledger=ledger), host, port) as bound_port,
        sending_callbacks(settings.callbacks, ledger),
    ):
        _log.info("bank.started", host=host, port=bound_port, keeps_keys=settings.keeps_keys)
        await stopped.wait()


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application during the block, and yield the port."""
    runner = web.AppRunner(
        app,
        access_log=None,
        # Compressed bodies are refused, so none is ever inflated.
        auto_decompress=False,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    try:
        await runner.setup()
        await _bind(runner, host, port)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        # asyncio's text repeats the address. A name that is not found has a negative errno.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        raise StartError(f"cannot listen on {host}:{port}: {reason}") from error
