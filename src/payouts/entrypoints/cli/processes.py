"""`payouts web`, `worker`, `beat`, `migrate`: one process each, for real deployments."""

import errno
import gc
import importlib
import socket
import time
from functools import partial
from typing import Any

import click

from payouts.entrypoints.cli import SETTINGS_MODULE
from payouts.entrypoints.cli.metrics_directory import metrics_directory

CELERY_APP = "config.celery:app"
RSGI_APP = "config.rsgi:make_application"
IDLE_LIMIT_SECONDS = 30
DATABASE_LIMIT_SECONDS = 30
PORT_RELEASE_SECONDS = 3
PORTS = click.IntRange(1, 65535)
QUEUES = ("payouts", "maintenance", "webhooks")


@click.command()
@click.option("--host", help="A name or an IP address.  [default: HOST, 0.0.0.0]")
@click.option("--port", type=PORTS, help="[default: PORT, 8000]")
@metrics_directory()
def web(host: str | None, port: int | None) -> None:
    """Serve HTTP.

    WEB_WORKERS (2) processes with up to WEB_THREADS (16) threads each.
    """
    settings = _load_settings()
    port = port or settings.PORT
    ip_address = _resolve(host or settings.HOST, port)
    _ensure_free(ip_address, port)
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings

    load_application = partial(_load_application, threads=settings.WEB_THREADS)
    # Loaded once, before the workers are forked: they start at once and share its memory.
    load_application()
    Granian(
        RSGI_APP,
        address=ip_address,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        # Ends the wait for a request's headers, and so also a connection that stays idle.
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_LIMIT_SECONDS * 1000),
        websockets=False,
        loop=Loops.uvloop,
        workers=settings.WEB_WORKERS,
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
    "--queues",
    default=",".join(QUEUES),
    show_default=True,
    callback=lambda _context, _option, text: _to_queues(text),
    help="What to do. Each queue needs a worker.",
)
def worker(queues: list[str]) -> None:
    """Process payouts, and deliver webhooks.

    WORKER_CONCURRENCY (32) payouts at a time, each in a thread, and up to 32 webhooks.
    """
    _load_settings()
    import django

    django.setup()
    from payouts import bootstrap

    bootstrap.start_metrics("worker")
    if "payouts" in queues:
        bootstrap.process_payout()  # complains here, not in each task, if there is no bank to ask
    _celery(
        "worker",
        "--pool=solo",
        f"--queues={','.join(queues)}",
        "--without-gossip",
        "--without-mingle",
    )


@click.command()
def beat() -> None:
    """Let workers look for overdue payouts and for webhooks every few seconds.

    Run exactly one.
    """
    _load_settings()
    # The plain scheduler keeps no file. Everything here is due every few seconds.
    _celery("beat", "--scheduler=celery.beat:Scheduler", "--pidfile=")


@click.command()
@click.option(
    "--restored",
    "is_restored",
    is_flag=True,
    help="The database was restored from a backup: put new events after all that clients may know.",
)
def migrate(is_restored: bool) -> None:
    """Bring the database's tables up to date.

    A database that is only starting is waited for.
    """
    _load_settings()
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    from payouts import bootstrap

    _wait_for_database()
    # A migration may take longer than any request is allowed to.
    connection.connection.answer_limit_seconds = None
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    call_command("migrate", interactive=False, verbosity=1)
    if bootstrap.continue_event_order(is_restored=is_restored):
        click.echo("New events go on after the events of the server that the database came from.")


@click.command("check-settings", hidden=True)
def check_settings() -> None:
    """Read the settings, and report a wrong one. `payouts up` does this before all else."""
    _load_settings()


def _to_queues(text: str) -> list[str]:
    queues = [name.strip() for name in text.split(",")]
    if unknown := [name for name in queues if name not in QUEUES]:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(QUEUES)}.")
    return queues


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


def _load_settings() -> Any:
    """Read the settings before anything else does, so that a wrong one is reported in one line."""
    return importlib.import_module(SETTINGS_MODULE)


def _resolve(host: str, port: int) -> str:
    """Return the IP address of the host. Granian takes no names."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a valid name"
        raise click.ClickException(f"HOST {host!r} cannot be resolved: {reason}.") from error
    return str(found[0][4][0])


def _ensure_free(ip_address: str, port: int) -> None:
    """Refuse a port that another process listens on, after a moment for one that is ending.

    Granian would share the port with another granian.
    """
    deadline = time.monotonic() + PORT_RELEASE_SECONDS
    while error := _obstacle(ip_address, port):
        if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            raise click.ClickException(
                f"Port {port} of {ip_address} cannot be used: {error.strerror}."
            )
        time.sleep(0.1)


def _obstacle(ip_address: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in ip_address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ip_address, port))
    except OSError as error:
        return error
    return None


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
