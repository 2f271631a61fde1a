"""The stores of one home, shared by every process that works in it.

Whoever comes first starts them, whoever leaves last stops them. Each user holds a shared lock on
`users.lock`; coming and going happen one at a time, behind `gate.lock`. A killed process loses its
locks but leaves the servers running: the next to come adopts them.
"""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from devstack.accounts import own_account, server_account
from devstack.directories import prepare_home, socket_directory
from devstack.locks import FileLock, exclusive
from devstack.outside import abandoned_data, reachable_data
from devstack.postgres import Postgres
from devstack.redis import Redis
from devstack.server import Server
from devstack.signals import deferred_signals

# Longer than any start or stop that somebody else may be busy with behind the gate.
GATE_LIMIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores of a home, and which of them the user of this object needs."""

    home: Path
    sockets: Path
    postgres: Postgres
    redis: Redis
    wanted: tuple[Server, ...]

    @property
    def database_url(self) -> str:
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        return self.redis.url

    @property
    def broker_url(self) -> str:
        return self.redis.broker_url

    def dead(self) -> list[Server]:
        """Name the needed servers that have ended; a frozen one has not."""
        return [server for server in self.wanted if server.process() is None]

    def revive(self) -> None:
        """Start again what has ended."""
        with deferred_signals(), _gate(self.home):
            self.start()

    def start(self) -> None:
        starting = [(each, each.launch()) for each in self.wanted if not each.adopt()]
        for server, process in starting:
            server.wait_until_ready(process)

    def stop(self, *, with_sockets: bool) -> None:
        """End both stores, whoever needed them; remove the directory of their sockets."""
        with ExitStack() as each_even_if_another_fails:
            each_even_if_another_fails.callback(self.postgres.stop)
            each_even_if_another_fails.callback(self.redis.stop)
        if with_sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


@contextmanager
def running_stores(
    home: Path, *, with_database: bool = True, with_redis: bool = True
) -> Iterator[Stores]:
    """Have the stores of this home running for the length of the block."""
    home = prepare_home(home)
    users = FileLock(home / "users.lock")
    stores: Stores | None = None
    try:
        with deferred_signals(), _gate(home):
            users.try_shared()  # succeeds: exclusive locks are taken behind the gate only
            stores = _stores_of(home, with_database=with_database, with_redis=with_redis)
            stores.start()
        yield stores
    finally:
        with deferred_signals():
            _leave(users, stores)


def _leave(users: FileLock, stores: Stores | None) -> None:
    try:
        # Somebody may have deleted the home: then nobody comes any more, and there is no gate.
        in_place = users.is_in_place()
        with _gate(users.path.parent) if in_place else nullcontext():
            if stores and users.try_exclusive():
                stores.stop(with_sockets=in_place)
    finally:
        users.close()


def _stores_of(home: Path, *, with_database: bool, with_redis: bool) -> Stores:
    account = server_account()
    sockets = socket_directory(home, account)
    data = reachable_data(home, account) if with_database else (home / "postgres").resolve()
    if account.demoted:
        _remove_abandoned_data()
    logs = home / "logs"
    postgres = Postgres(data=data, sockets=sockets, log=logs / "postgres.log", account=account)
    redis = Redis(data=home / "redis", sockets=sockets, log=logs / "redis.log")
    wanted = ((redis, with_redis), (postgres, with_database))
    return Stores(
        home=home,
        sockets=sockets,
        postgres=postgres,
        redis=redis,
        wanted=tuple(server for server, needed in wanted if needed),
    )


def _remove_abandoned_data() -> None:
    account = own_account()
    for data in abandoned_data():
        Postgres(data=data, sockets=data, log=data / "log", account=account).stop()
        shutil.rmtree(data.parent, ignore_errors=True)


def _gate(home: Path) -> AbstractContextManager[None]:
    return exclusive(home / "gate.lock", limit_seconds=GATE_LIMIT_SECONDS)
