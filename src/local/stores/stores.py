"""The stores of one home, shared by all processes that work in it.

The first process starts them, the last one stops them. Each holds a shared lock on `users.lock`;
`gate.lock` makes starting and stopping exclusive. The servers survive a process that is killed:
the next one adopts them.
"""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from local.accounts import own_account, server_account
from local.directories import prepare_home, socket_directory
from local.processes.locks import FileLock, exclusive
from local.processes.signals import deferred_signals
from local.stores.outside_home import abandoned_data, reachable_data
from local.stores.postgres import Postgres
from local.stores.redis import Redis
from local.stores.server import Server

# Longer than a start or a stop by another process takes.
GATE_LIMIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores of a home, and which of them are wanted."""

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
        """List the wanted servers that have ended."""
        return [server for server in self.wanted if server.process() is None]

    def start_dead(self) -> None:
        """Start the servers that have ended."""
        with deferred_signals(), _gate(self.home):
            self.start()

    def start(self) -> None:
        starting = [(each, each.launch()) for each in self.wanted if not each.adopt()]
        for server, process in starting:
            server.wait_until_ready(process)

    def stop(self, *, with_sockets: bool) -> None:
        """Stop both stores, also the one that this process did not want."""
        with ExitStack() as stack:  # stops Redis also when stopping PostgreSQL fails
            stack.callback(self.postgres.stop)
            stack.callback(self.redis.stop)
        if with_sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


@contextmanager
def running_stores(
    home: Path, *, with_database: bool = True, with_redis: bool = True
) -> Iterator[Stores]:
    """Run the stores of this home during the block."""
    home = prepare_home(home)
    stores: Stores | None = None
    with FileLock(home / "users.lock") as users:
        try:
            with deferred_signals(), _gate(home):
                users.try_shared()  # succeeds: an exclusive lock is only taken inside the gate
                stores = _stores_of(home, with_database=with_database, with_redis=with_redis)
                stores.start()
            yield stores
        finally:
            with deferred_signals():
                _leave(users, stores)


def _leave(users: FileLock, stores: Stores | None) -> None:
    # A deleted home has no other users, and no gate.
    in_place = users.is_in_place()
    with _gate(users.path.parent) if in_place else nullcontext():
        if stores and users.try_exclusive():
            stores.stop(with_sockets=in_place)


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
