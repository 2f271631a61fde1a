"""What is done to the service, each fault a function that returns when it is over."""

import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from time import sleep
from types import MappingProxyType
from typing import Final

import psutil
import psycopg
from celery import Celery
from redis import Redis

from chaos.line import CLEAR, Weather
from chaos.stack import WORKERS, Stack
from devstack.liveness import children_of, is_alive, send, wait_until_gone

TASK: Final = "payouts.process"
QUEUE: Final = "payouts"
KEY_PREFIX: Final = "payouts:"
_OPEN = "status IN ('NEW', 'PROCESSING') AND NOT needs_review AND deleted_at IS NULL"
_END_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """What a fault is given: the stack, chance, and how long to last, in seconds."""

    stack: Stack
    random: Random
    seconds: float

    def last(self) -> None:
        sleep(self.seconds)

    def process(self, *names: str) -> psutil.Process | None:
        """One of these children, while it runs."""
        with self.stack.lock:
            record = self.stack.children[self.random.choice(names)].record()
        try:
            return psutil.Process(record.pid) if record else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`strikes` are the parts that it takes away: requests may fail, or be slow, for them only."""

    inject: Callable[[Moment], None]
    lasts_seconds: tuple[float, float] = (0, 0)
    strikes: frozenset[str] = frozenset()


def _kill_child(moment: Moment, *names: str) -> None:
    """Kill a process that one of these has started, or itself if it works alone."""
    process = moment.process(*names)
    if process:
        family = [each for each in children_of(process) if is_alive(each)] or [process]
        send(moment.random.choice(family), signal.SIGKILL)


def _kill(moment: Moment, *names: str) -> None:
    process = moment.process(*names)
    if process:
        for each in [process, *children_of(process)]:
            send(each, signal.SIGKILL)


def _terminate(moment: Moment, *names: str) -> None:
    process = moment.process(*names)
    if process:
        send(process, signal.SIGTERM)
        if not wait_until_gone([process], _END_SECONDS):
            raise TimeoutError(f"{names} did not end within {_END_SECONDS} s of SIGTERM")


def _freeze(moment: Moment, *names: str) -> None:
    process = moment.process(*names)
    if process:
        family = [process, *children_of(process)]
        for each in family:
            send(each, signal.SIGSTOP)
        moment.last()
        for each in family:
            send(each, signal.SIGCONT)


def _second_beat(moment: Moment) -> None:
    moment.stack.add("beat-2", moment.stack.children["beat"].command)
    moment.last()
    moment.stack.remove("beat-2")


def _no_beat(moment: Moment) -> None:
    with moment.stack.held_down("beat"):
        moment.last()


def _stop_database(moment: Moment) -> None:
    """Stop it at once, as a power cut would: what was committed has to be there afterwards."""
    server = moment.stack.stores.postgres.process()
    assert server
    family = [server, *children_of(server)]
    send(server, signal.SIGQUIT)
    wait_until_gone(family, _END_SECONDS)
    moment.last()
    moment.stack.stores.revive()


def _terminate_backends(moment: Moment) -> None:
    with psycopg.connect(moment.stack.stores.database_url, autocommit=True) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def _lock_rows(moment: Moment) -> None:
    with psycopg.connect(moment.stack.stores.database_url) as database:
        database.execute(
            f"SELECT FROM payouts_payout WHERE {_OPEN} ORDER BY random() LIMIT 20 FOR UPDATE"
        )
        moment.last()
        database.rollback()


def _kill_redis(moment: Moment, *, empties: bool) -> None:
    redis = moment.stack.stores.redis
    server = redis.process()
    assert server
    send(server, signal.SIGKILL)
    wait_until_gone([server], _END_SECONDS)
    moment.last()
    if empties:
        shutil.rmtree(redis.data)
    moment.stack.stores.revive()


def _freeze_redis(moment: Moment) -> None:
    server = moment.stack.stores.redis.process()
    assert server
    send(server, signal.SIGSTOP)
    moment.last()
    send(server, signal.SIGCONT)


def _double_doorbells(moment: Moment) -> None:
    """Ring for each open payout, again and again."""
    app = Celery(broker=moment.stack.broker_url, set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
    rounds = max(1, round(moment.seconds))
    with psycopg.connect(moment.stack.stores.database_url) as database:
        for _ in range(rounds):
            for (payout_id,) in database.execute(f"SELECT id FROM payouts_payout WHERE {_OPEN}"):
                app.send_task(TASK, args=[payout_id], queue=QUEUE)
            database.rollback()
            sleep(1)
    app.close()


def _lose_doorbells(moment: Moment) -> None:
    parts = moment.stack.stores.redis
    with Redis(unix_socket_path=str(parts.socket), db=1) as broker:
        broker.delete(f"{KEY_PREFIX}{QUEUE}")


def _weather(moment: Moment, line: str, weather: Weather) -> None:
    moment.stack.lines[line].weather = weather
    moment.last()
    moment.stack.lines[line].weather = CLEAR


def _slow(moment: Moment, *, line: str) -> None:
    _weather(moment, line, Weather(delay_seconds=moment.random.uniform(0.05, 0.3)))


def _cut(moment: Moment, *, line: str) -> None:
    _weather(moment, line, Weather(cut_after_bytes=moment.random.randint(1, 3000)))


def _silence(moment: Moment, *, line: str) -> None:
    """Let the line look open while nothing passes; afterwards it turns out to be dead."""
    _weather(moment, line, Weather(is_silent=True))
    _reset(moment, line=line)


def _reset(moment: Moment, *, line: str) -> None:
    moment.stack.background.run(moment.stack.lines[line].reset())


def _on_line(line: str) -> dict[str, Fault]:
    strikes = frozenset({line})
    return {
        f"{line}-slow": Fault(
            inject=partial(_slow, line=line), lasts_seconds=(2, 6), strikes=strikes
        ),
        f"{line}-reset": Fault(inject=partial(_reset, line=line), strikes=strikes),
        f"{line}-cut": Fault(
            inject=partial(_cut, line=line), lasts_seconds=(1, 4), strikes=strikes
        ),
        f"{line}-silent": Fault(
            inject=partial(_silence, line=line), lasts_seconds=(2, 10), strikes=strikes
        ),
    }


def _all_of(inject: Callable[..., None], *names: str) -> Callable[[Moment], None]:
    def one(moment: Moment) -> None:
        inject(moment, *names)

    return one


_WEB = frozenset({"web"})
_DATABASE = frozenset({"database"})
_REDIS = frozenset({"redis"})

PROCESS_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "worker-child-killed": Fault(inject=_all_of(_kill_child, *WORKERS)),
        "worker-killed": Fault(inject=_all_of(_kill, *WORKERS)),
        "worker-stopped": Fault(inject=_all_of(_terminate, *WORKERS)),
        "web-child-killed": Fault(inject=_all_of(_kill_child, "web"), strikes=_WEB),
        "web-killed": Fault(inject=_all_of(_kill, "web"), strikes=_WEB),
        "web-stopped": Fault(inject=_all_of(_terminate, "web"), strikes=_WEB),
        "beat-killed": Fault(inject=_all_of(_kill, "beat")),
    }
)
# Long enough for leases to run out, while the others go on.
LONG_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "worker-frozen": Fault(inject=_all_of(_freeze, *WORKERS), lasts_seconds=(4, 36)),
        "two-beats": Fault(inject=_second_beat, lasts_seconds=(5, 12)),
        "no-beat": Fault(inject=_no_beat, lasts_seconds=(5, 15)),
    }
)
# One after the other: what asks a store itself needs it there.
STORE_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "doorbells-doubled": Fault(inject=_double_doorbells, lasts_seconds=(1, 4)),
        "doorbells-lost": Fault(inject=_lose_doorbells),
        "database-stopped": Fault(inject=_stop_database, lasts_seconds=(0, 4), strikes=_DATABASE),
        "backends-terminated": Fault(inject=_terminate_backends, strikes=_DATABASE),
        "rows-locked": Fault(inject=_lock_rows, lasts_seconds=(1, 6)),
        "redis-killed": Fault(
            inject=partial(_kill_redis, empties=False), lasts_seconds=(0, 5), strikes=_REDIS
        ),
        "redis-emptied": Fault(
            inject=partial(_kill_redis, empties=True), lasts_seconds=(0, 5), strikes=_REDIS
        ),
        "redis-frozen": Fault(inject=_freeze_redis, lasts_seconds=(1, 8), strikes=_REDIS),
        **_on_line("bank"),
        **_on_line("redis"),
        **_on_line("database"),
    }
)
LANES: Final = MappingProxyType(
    {"processes": PROCESS_FAULTS, "stores": STORE_FAULTS, "long": LONG_FAULTS}
)
FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {name: fault for lane in LANES.values() for name, fault in lane.items()}
)
