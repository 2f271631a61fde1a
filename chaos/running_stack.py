"""Starts and stops the service under test."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from chaos.embedded import running_stores
from chaos.environment import database_socket, free_port, service_environment
from chaos.event_loop import EventLoopThread
from chaos.proxy import TcpProxy
from chaos.stack import START_LIMIT_SECONDS, WORKERS, Stack, answers, wait_until


@contextmanager
def running_stack(
    home: Path,
    event_loop: EventLoopThread,
    *,
    worker_command: tuple[str, ...],
    bank_settings: Mapping[str, str],
) -> Iterator[Stack]:
    """Start everything; `worker_command` are the arguments of Python that start a worker."""
    with ExitStack() as exit_stack, running_stores(home) as stores:
        bank_port = free_port()
        proxies = {
            "bank": TcpProxy(partial(asyncio.open_connection, "127.0.0.1", bank_port)),
            "redis": TcpProxy(partial(asyncio.open_unix_connection, str(stores.redis.socket))),
            "database": TcpProxy(partial(asyncio.open_unix_connection, database_socket(stores))),
        }
        for proxy in proxies.values():
            event_loop.run(proxy.start())
            exit_stack.callback(_stop_proxy, event_loop, proxy)
        environment = service_environment(home, stores, proxies, bank_port=bank_port)
        stack = Stack(home, stores, event_loop, proxies, environment)
        exit_stack.callback(stack.stop)
        _start(stack, bank_port, worker_command=worker_command, bank_settings=bank_settings)
        yield stack


def _stop_proxy(event_loop: EventLoopThread, proxy: TcpProxy) -> None:
    event_loop.run(proxy.stop())


def _start(
    stack: Stack,
    bank_port: int,
    *,
    worker_command: tuple[str, ...],
    bank_settings: Mapping[str, str],
) -> None:
    payouts = ("-m", "payouts.entrypoints.cli")
    stack.add("bank", _python(*payouts, "bank", "--port", str(bank_port)), **bank_settings)
    run_command(stack, "migrate")
    stack.add("web", _python(*payouts, "web", "--host", "127.0.0.1"))
    for name in WORKERS:
        stack.add(name, _python(*worker_command))
    stack.add("beat", _python(*payouts, "beat"))
    _wait_for(f"{stack.bank_url}/health")
    _wait_for(f"{stack.web_url}/health/ready/")
    Thread(target=stack.restart_ended_children, name="supervisor", daemon=True).start()


def run_command(stack: Stack, *arguments: str) -> str:
    """Run a `payouts` command to its end and return what it printed."""
    return subprocess.run(
        _python("-m", "payouts.entrypoints.cli", *arguments),
        env=stack.environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=START_LIMIT_SECONDS,
    ).stdout.strip()


def post(stack: Stack, path: str, body: Mapping[str, Any], *, token: str) -> dict[str, Any]:
    """Send a request that has to succeed, before faults are injected."""
    request = Request(  # noqa: S310  our own address
        f"{stack.web_url}{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return dict(json.load(answer))


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _wait_for(url: str) -> None:
    wait_until(lambda: answers(url), START_LIMIT_SECONDS, f"{url} did not answer")
