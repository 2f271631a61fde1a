"""`payouts web`, `worker`, `beat`, `migrate`: one process each, for real deployments."""

import gc
import importlib
import os
import time
from functools import partial
from typing import Any

import click

from payouts.entrypoints.cli import SETTINGS_MODULE

CELERY_APP = "config.celery:app"
RSGI_APP = "config.rsgi:make_application"
IDLE_LIMIT_SECONDS = 30
DATABASE_LIMIT_SECONDS = 30
PORTS = click.IntRange(1, 65535)


@click.command()
@click.option("--host", envvar="HOST", default="0.0.0.0", show_default=True)  # noqa: S104
@click.option("--port", envvar="PORT", type=PORTS, default=8000, show_default=True)
@click.option("--workers", envvar="WEB_WORKERS", type=click.IntRange(1), default=2, hidden=True)
@click.option("--threads", envvar="WEB_THREADS", type=click.IntRange(1), default=16, hidden=True)
def web(host: str, port: int, workers: int, threads: int) -> None:
    """Serve HTTP.

    WEB_WORKERS (2) processes with up to WEB_THREADS (16) threads each.
    """
    _require_settings()
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings

    load_application = partial(_load_application, threads=threads)
    # Loaded once, before the workers are forked: they start at once and share its memory.
    load_application()
    Granian(
        RSGI_APP,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        # Ends the wait for a request's headers, and so also a connection that stays idle.
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_LIMIT_SECONDS * 1000),
        websockets=False,
        loop=Loops.uvloop,
        workers=workers,
        # Counts open connections, idle ones too.
        backpressure=512,
        backlog=1024,
        respawn_failed_workers=True,
        workers_kill_timeout=8,
        log_access=False,
        log_dictconfig={"loggers": {"_granian": {"propagate": True}}},
    ).serve(target_loader=load_application)


@click.command()
@click.option(
    "--concurrency", envvar="WORKER_CONCURRENCY", type=click.IntRange(1), default=32, hidden=True
)
def worker(concurrency: int) -> None:
    """Process payouts.

    WORKER_CONCURRENCY (32) at a time, each in a thread.
    """
    os.environ["WORKER_CONCURRENCY"] = str(concurrency)
    _require_settings()
    import django

    django.setup()
    from payouts import bootstrap

    bootstrap.process_payout()  # complains here, not in each task, if there is no bank to ask
    _celery(
        "worker",
        "--pool=solo",
        "--queues=payouts,maintenance",
        "--without-gossip",
        "--without-mingle",
    )


@click.command()
def beat() -> None:
    """Enqueue overdue payouts every few seconds.

    Run exactly one.
    """
    _require_settings()
    # The plain scheduler keeps no file. Everything here is due every few seconds.
    _celery("beat", "--scheduler=celery.beat:Scheduler", "--pidfile=")


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date.

    A database that is only starting is waited for.
    """
    _require_settings()
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    _wait_for_database()
    # A migration may take longer than any request is allowed to.
    connection.connection.answer_limit_seconds = None
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    call_command("migrate", interactive=False, verbosity=1)


def _wait_for_database() -> None:
    from django.db import OperationalError, connection

    deadline = time.monotonic() + DATABASE_LIMIT_SECONDS
    while True:
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


def _require_settings() -> None:
    """Read the settings first: what they lack is better said in one line than by a server."""
    importlib.import_module(SETTINGS_MODULE)


def _load_application(target: str = RSGI_APP, *, threads: int) -> Any:
    from django.urls import get_resolver

    module, name = target.split(":")
    application = getattr(importlib.import_module(module), name)(threads=threads)
    get_resolver().url_patterns  # noqa: B018  imports the views, which Django leaves until a request
    # What is loaded by now stays: collections of garbage need not look through it again and again.
    gc.freeze()
    return application


def _celery(*arguments: str) -> None:
    from celery.bin.celery import celery

    celery.main(["-A", CELERY_APP, "--quiet", *arguments], prog_name="celery")
