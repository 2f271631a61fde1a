"""The service under fire: its processes, kept alive, and the lines between them and the servers."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, RLock, Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from chaos.background import Background
from chaos.line import Line
from devstack.child import Child
from devstack.stores import Stores, running_stores

WORKERS = ("worker-1", "worker-2")
START_SECONDS = 40
STOP_SECONDS = 30
_CHECK_SECONDS = 0.2
_BROKER_DATABASE = 1


@dataclass
class Stack:
    """Everything that runs. A child that ends is started again, unless it is held down."""

    home: Path
    stores: Stores
    background: Background
    lines: dict[str, Line]
    environment: dict[str, str]
    children: dict[str, Child] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    _held_down: set[str] = field(default_factory=set)
    _ended: Event = field(default_factory=Event)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def bank_url(self) -> str:
        """The bank itself, on a line that no fault touches."""
        return self.environment["CHAOS_BANK_URL"]

    @property
    def broker_url(self) -> str:
        return self.stores.broker_url

    def add(self, name: str, command: list[str], **environment: str) -> None:
        child = Child(
            name,
            command,
            environment=self.environment | environment,
            log=self.home / "logs" / f"{name}.log",
        )
        with self.lock:
            child.start()
            self.children[name] = child

    def remove(self, name: str) -> None:
        with self.lock:
            self.children.pop(name).clear()

    @contextmanager
    def held_down(self, name: str) -> Iterator[None]:
        """Kill a child and keep it from being started again."""
        with self.lock:
            self._held_down.add(name)
            self.children[name].clear()
        try:
            yield
        finally:
            self._held_down.discard(name)

    def keep_alive(self) -> None:
        while not self._ended.wait(_CHECK_SECONDS):
            with self.lock:
                for name, child in self.children.items():
                    if name not in self._held_down and child.has_ended():
                        child.clear()
                        child.start()

    def stop(self) -> None:
        self._ended.set()
        with self.lock:
            for child in self.children.values():
                child.ask_to_end()
            ends_at = monotonic() + STOP_SECONDS
            for child in self.children.values():
                while not child.has_ended() and monotonic() < ends_at:
                    sleep(0.05)
                child.clear()


@contextmanager
def running_stack(
    home: Path, background: Background, *, worker: tuple[str, ...], bank: Mapping[str, str]
) -> Iterator[Stack]:
    """Start everything; `worker` is the command of a worker, `bank` settings of the bank."""
    with ExitStack() as stack, running_stores(home) as stores:
        bank_port = _free_port()
        lines = {
            "bank": Line(partial(asyncio.open_connection, "127.0.0.1", bank_port)),
            "redis": Line(partial(asyncio.open_unix_connection, str(stores.redis.socket))),
            "database": Line(partial(asyncio.open_unix_connection, _database_socket(stores))),
        }
        for line in lines.values():
            background.run(line.start())
            stack.callback(background.run, line.stop())
        environment = _environment(home, stores, lines, bank_port)
        service = Stack(home, stores, background, lines, environment)
        stack.callback(service.stop)
        _start(service, bank_port, worker=worker, bank=bank)
        yield service


def _start(
    service: Stack, bank_port: int, *, worker: tuple[str, ...], bank: Mapping[str, str]
) -> None:
    payouts = ("-m", "payouts.entrypoints.cli")
    service.add("bank", _python(*payouts, "bank", "--port", str(bank_port)), **bank)
    run(service, "migrate")
    service.add("web", _python(*payouts, "web", "--host", "127.0.0.1"))
    for name in WORKERS:
        service.add(name, _python(*worker))
    service.add("beat", _python(*payouts, "beat"))
    _wait_for(f"{service.bank_url}/health")
    _wait_for(f"{service.web_url}/health/ready/")
    Thread(target=service.keep_alive, name="keeper", daemon=True).start()


def run(service: Stack, *arguments: str) -> str:
    """Run a `payouts` command to its end and return what it printed."""
    return subprocess.run(
        _python("-m", "payouts.entrypoints.cli", *arguments),
        env=service.environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=START_SECONDS,
    ).stdout.strip()


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _environment(
    home: Path, stores: Stores, lines: Mapping[str, Line], bank_port: int
) -> dict[str, str]:
    port = _free_port()
    user, name = _login(stores)
    redis = f"redis://127.0.0.1:{lines['redis'].port}"
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PAYOUTS_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PORT": str(port),
        "DATABASE_URL": f"postgresql://{user}@127.0.0.1:{lines['database'].port}/{name}",
        "REDIS_URL": f"{redis}/0",
        "CELERY_BROKER_URL": f"{redis}/{_BROKER_DATABASE}",
        "BANK_URL": f"http://127.0.0.1:{lines['bank'].port}",
        "CHAOS_BANK_URL": f"http://127.0.0.1:{bank_port}",
        "BANK_TOKEN": secrets.token_urlsafe(16),
        "BANK_CALLBACK_URL": f"http://127.0.0.1:{port}/api/bank/callbacks/",
        "BANK_CALLBACK_SECRET": secret,
        "LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path.cwd()),
    }


def _login(stores: Stores) -> tuple[str, str]:
    parts = urlsplit(stores.database_url)
    return parts.username or "", parts.path.removeprefix("/")


def _database_socket(stores: Stores) -> str:
    [host] = parse_qs(urlsplit(stores.database_url).query)["host"]
    return f"{host}/.s.PGSQL.5432"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    def is_answered() -> bool:
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_until(is_answered, START_SECONDS, f"{url} did not answer")


def wait_until(condition: Callable[[], Any], limit_seconds: float, complaint: str) -> None:
    """Raise TimeoutError with the complaint unless the condition holds in time."""
    ends_at = monotonic() + limit_seconds
    while not condition():
        if monotonic() > ends_at:
            raise TimeoutError(f"{complaint} within {limit_seconds:.0f} s")
        sleep(0.1)
