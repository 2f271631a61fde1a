"""How the bank behaves, chosen by the end of the creditor's account.

A behaviour is told how often the reference was posted and returns what to do with this try: to
decline it, or to accept it, with a settlement for the ledger and a delivery for the client. It
keeps nothing itself: the ledger counts the tries, so a restarted bank goes on where it was.
Look-ups are delivered by it too, which for nearly all means honestly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sandbox_bank import delivery
from sandbox_bank.delivery import Delivery
from sandbox_bank.transfer import SETTLED_AT_ONCE, Settlement, TransferStatus

# From the ISO 20022 external code set ExternalStatusReason1Code.
REASON_CODES: Final = (
    "AC01",
    "AC04",
    "AC06",
    "AG01",
    "AM04",
    "BE05",
    "MD07",
    "MS03",
    "RC01",
    "RR04",
)

SLOW_SECONDS: Final = 3
STALL_SECONDS: Final = 60
PENDING_SECONDS: Final = 3
# The client's deadline is 6 seconds and it comes back 1 to 6 seconds after that, so that some find
# nothing and send again before this, and some find the transfer after it.
LATE_SECONDS: Final = 10
DRIP_SECONDS_PER_BYTE: Final = 0.5
HUGE_BYTES: Final = 2_000_000

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_RETRY_AFTER: Final = MappingProxyType({"Retry-After": "1"})
# A path of the bank where there is nothing: who follows is lost.
_ELSEWHERE: Final = MappingProxyType({"Location": "/v1/elsewhere"})
_LOG_IN: Final = MappingProxyType({"WWW-Authenticate": "Bearer"})


@dataclass(frozen=True, slots=True)
class Decline:
    """Nothing is accepted this time; with `reason`, an ISO 20022 code, it is refused for good."""

    http_status: int
    code: str
    headers: Mapping[str, str] = _NO_HEADERS
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The transfer is taken, if it was not yet, and only then answered."""

    settlement: Settlement = SETTLED_AT_ONCE
    taken_after_seconds: float = 0
    delivery: Delivery = delivery.honestly


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`plan` is asked with the number of postings, this one included."""

    plan: Callable[[int], Decline | Accept]
    look_up: Delivery = delivery.honestly


def _always(plan: Decline | Accept, *, look_up: Delivery = delivery.honestly) -> Behaviour:
    return Behaviour(lambda _tries: plan, look_up)


def _at_first(plan: Decline | Accept, *, times: int = 1) -> Behaviour:
    """Do as planned the first times, and what is right from then on."""
    return Behaviour(lambda tries: plan if tries <= times else Accept())


def _rejected(reason: str, after_seconds: float = 0) -> Behaviour:
    return _always(
        Accept(
            settlement=Settlement(
                outcome=TransferStatus.REJECTED, reason=reason, after_seconds=after_seconds
            )
        )
    )


def _flaky(tries: int) -> Decline | Accept:
    match tries:
        case 1:
            return Decline(503, "unavailable", _RETRY_AFTER)
        case 2:
            return Accept(delivery=delivery.as_an_error)
        case _:
            return Accept()


NORMAL: Final[Behaviour] = _always(Accept())

# Each is described in README.md, which a test holds to this table.
BEHAVIOURS: Final[Mapping[str, Behaviour]] = MappingProxyType(
    {
        **{reason: _rejected(reason) for reason in REASON_CODES},
        **{f"PEND{reason}": _rejected(reason, PENDING_SECONDS) for reason in REASON_CODES},
        "PEND": _always(Accept(settlement=Settlement(after_seconds=PENDING_SECONDS))),
        "SLOW": _always(Accept(delivery=delivery.after(SLOW_SECONDS))),
        "STALL": _always(Accept(delivery=delivery.after(STALL_SECONDS))),
        "DRIP": _always(Accept(delivery=delivery.byte_by_byte(DRIP_SECONDS_PER_BYTE))),
        "LATE": _at_first(Accept(taken_after_seconds=LATE_SECONDS)),
        "LOST": _at_first(Accept(delivery=delivery.never)),
        "BUSY": _at_first(Decline(429, "too_many_requests", _RETRY_AFTER)),
        "DOWN": _at_first(Decline(503, "unavailable")),
        "REDIRECT": _at_first(Decline(307, "moved", _ELSEWHERE)),
        "LOCKED": _at_first(Decline(401, "unauthorised", _LOG_IN), times=2),
        "REFUSED": _always(Decline(422, "unacceptable_order", reason="AC01")),
        "FLAKY": Behaviour(_flaky),
        "MISMATCH": _always(Accept(delivery=delivery.with_another_amount)),
        "OTHERREF": _always(Accept(delivery=delivery.with_another_reference)),
        "GARBLED": _always(Accept(delivery=delivery.garbled)),
        "PROSE": _always(Accept(delivery=delivery.in_prose)),
        "HUGE": _always(Accept(delivery=delivery.padded(HUGE_BYTES))),
        "DEAF": _always(Accept(delivery=delivery.as_an_error), look_up=delivery.as_an_error),
    }
)

# Longest first: PENDAC04 also ends in AC04.
_ENDINGS = sorted(BEHAVIOURS, key=len, reverse=True)


def find_ending(account: str) -> str:
    """Return the ending that decides for this account, "" for none."""
    return next((ending for ending in _ENDINGS if account.endswith(ending)), "")


def choose_behaviour(account: str) -> Behaviour:
    return BEHAVIOURS.get(find_ending(account), NORMAL)
