"""The command line: one process that serves until it is told to stop."""

import argparse
import asyncio
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox_bank.api import build_app
from sandbox_bank.ledger import Ledger
from sandbox_bank.log import start_logging
from sandbox_bank.postman import calling_back
from sandbox_bank.settings import Settings, SettingsError

# Whoever stops the bank does not want to wait for a stalled answer, which sleeps for a minute.
_SHUTDOWN_SECONDS: Final = 0.2
_HIGHEST_PORT: Final = 65_535

_log = logging.getLogger(__name__)


class StartError(Exception):
    """The bank cannot open; `str()` of it is one line."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve; raise SystemExit with one line for whoever started it if that cannot be."""
    options = _parse(arguments)
    # The ledger holds whole account numbers: for the eyes of its owner only.
    os.umask(0o077)
    try:
        settings = Settings.read(os.environ)
        start_logging(log_format=settings.log_format, level=settings.log_level)
        asyncio.run(_serve(options, settings))
    except (SettingsError, StartError) as error:
        sys.exit(f"sandbox_bank: {error}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox_bank", description="A bank to try things with.")
    parser.add_argument("--host", default="127.0.0.1", help="(default: %(default)s)")
    parser.add_argument("--port", default=8001, type=_port, help="0: any (default: %(default)s)")
    parser.add_argument("--ledger", required=True, type=Path, help="the ledger's SQLite file")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {_HIGHEST_PORT}")
    return int(text)


async def _serve(options: argparse.Namespace, settings: Settings) -> None:
    stopped = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    ledger = _open_ledger(options.ledger, settings)
    runner = web.AppRunner(
        build_app(settings=settings, ledger=ledger),
        access_log=None,
        # A compressed body is refused unread: it may be a small thing that grows huge.
        auto_decompress=False,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    try:
        await runner.setup()
        port = await _listen(runner, options.host, options.port)
        facts = {"host": options.host, "port": port, "keeps_keys": settings.keeps_keys}
        _log.info("bank.started", extra={"facts": facts})
        async with calling_back(settings.callbacks, ledger):
            await stopped.wait()
    finally:
        await runner.cleanup()
        await ledger.close()
    _log.info("bank.stopped")


def _open_ledger(path: Path, settings: Settings) -> Ledger:
    try:
        calls_back = settings.callbacks is not None
        return Ledger.open(path, keeps_keys=settings.keeps_keys, calls_back=calls_back)
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"cannot open the ledger {path}: {error}") from error


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        # asyncio's own text repeats the address; a host that is not found has a negative errno.
        errno = error.errno or 0
        reason = os.strerror(errno) if errno > 0 else error.strerror
        raise StartError(f"cannot listen on {host}:{port}: {reason}") from error
    return int(runner.addresses[0][1])
