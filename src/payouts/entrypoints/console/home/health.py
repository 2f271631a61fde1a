"""The health of the parts of the service, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from payouts.domain.history import EventType
from payouts.domain.payout import Deferral
from payouts.entrypoints.console.home.numbers import HomeNumbers

_RESULTS: Final = {
    EventType.COMPLETED: "was completed",
    EventType.FAILED: "failed",
    EventType.DEFERRED: "is asked about again",
    EventType.NEEDS_REVIEW: "needs review",
}
_UNCLEAR: Final = {
    Deferral.NOT_ACCEPTED: ("Accepts nothing", "It is away or too busy. Payouts wait for it."),
    Deferral.UNKNOWN: ("No clear answer", "Payouts are asked about again."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and how it is. `payout_id`, `result` and `at` are of the last result, if any."""

    name: str
    is_well: bool
    state: str
    sentence: str = ""
    payout_id: int | None = None
    result: str = ""
    at: datetime | None = None


def parts(numbers: HomeNumbers) -> list[Part]:
    return [_postgresql(numbers), _redis(numbers), _workers(numbers), _bank(numbers)]


def _postgresql(numbers: HomeNumbers) -> Part:
    reason = numbers.health.failing_write
    if reason:
        words = reason.replace("_", " ")
        return Part("PostgreSQL", False, "Refuses writes", f"A write failed just now: {words}.")
    return Part("PostgreSQL", True, "Answers")


def _redis(numbers: HomeNumbers) -> Part:
    if not numbers.health.broker:
        return Part(
            "Redis and broker",
            False,
            "Broker away",
            "Payouts are accepted; they are processed when it is back.",
        )
    if not numbers.health.redis:
        return Part(
            "Redis and broker",
            False,
            "Redis away",
            "It does not answer, or refuses writes. Pages come from PostgreSQL.",
        )
    return Part("Redis and broker", True, "Answers")


def _workers(numbers: HomeNumbers) -> Part:
    if numbers.health.worker is None:
        return Part("Workers", False, "Not known", "They are asked over the broker, which is away.")
    if not numbers.health.worker:
        return Part(
            "Workers",
            False,
            "No answer",
            "No worker has answered at once. They are stopped, or very busy.",
        )
    return Part("Workers", True, "Answer", "At least one takes messages.")


def _bank(numbers: HomeNumbers) -> Part:
    if numbers.state.not_authorised:
        return Part(
            "Bank",
            False,
            "Refuses our credentials",
            "Payouts wait until a worker has the right ones.",
        )
    last = numbers.last_result
    if last is None:
        return Part("Bank", True, "Not asked yet")
    words = _UNCLEAR.get(last.deferral) if last.type == EventType.DEFERRED else None
    state, sentence = words or ("Answers", "")
    return Part("Bank", not words, state, sentence, last.payout_id, _RESULTS[last.type], last.at)
