"""The facts of the home page: read with a few bounded statements, and kept for five seconds."""

import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from payouts import bootstrap
from payouts.adapters.database import overview
from payouts.adapters.database.overview import CompletionTimes, CurrentState, LastResult
from payouts.application.read_models import DailyTotal, StatusCount

DAYS: Final = 30
_CACHED_SECONDS = 5
_PING_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`failing_write` is why the database refused a write of late; None: no worker was asked."""

    failing_write: str | None
    redis: bool
    broker: bool
    worker: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeNumbers:
    """All that the page shows. It holds no names and no accounts, so it is the same for all."""

    state: CurrentState
    counts: list[StatusCount]
    totals: list[DailyTotal]
    times: CompletionTimes | None
    last_result: LastResult | None
    health: Health


_ADAPTER: Final = TypeAdapter(HomeNumbers)


def home_numbers() -> HomeNumbers:
    """Return the numbers as they were up to five seconds ago."""
    cache = bootstrap.page_cache()
    key = f"console home {int(time.time() / _CACHED_SECONDS)}"
    if body := cache.get(key):
        try:
            return _ADAPTER.validate_json(body)
        except ValidationError:  # another version of the service has written it
            pass
    numbers = _read()
    cache.put(key, _ADAPTER.dump_json(numbers))
    return numbers


def _read() -> HomeNumbers:
    is_broker_used = bootstrap.broker_answers()
    # Sent first, so that a worker answers while the database is read.
    pong = bootstrap.worker_ping().send() if is_broker_used else None
    state = overview.current_state()
    first_day = state.read_at.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    statistics = bootstrap.statistics()
    return HomeNumbers(
        state=state,
        counts=list(statistics.current().counts),
        totals=list(statistics.daily_totals(since=first_day)),
        times=overview.completion_times(),
        last_result=overview.last_result(),
        health=Health(
            failing_write=bootstrap.recent_database_failure().reason,
            redis=bootstrap.redis_answers(),
            broker=is_broker_used,
            worker=pong.wait(_PING_SECONDS) if pong else None,
        ),
    )
