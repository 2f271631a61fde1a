"""How the bank behaves, chosen by the end of the creditor's account.

A behaviour is told how often the reference was posted and returns what to do with this try: to
decline it, or to accept it, with a settlement for the ledger and a delivery for the client. It
keeps nothing itself: the ledger counts the tries, so a restarted bank goes on where it was.
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
RETRY_AFTER_SECONDS: Final = 1


@dataclass(frozen=True, slots=True)
class Decline:
    """Nothing is accepted this time; the client is told when to come again."""

    http_status: int
    code: str
    retry_after_seconds: int = RETRY_AFTER_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The transfer is taken, if it was not yet, and only then answered."""

    settlement: Settlement = SETTLED_AT_ONCE
    delivery: Delivery = delivery.honestly


type Behaviour = Callable[[int], Decline | Accept]


def _always(plan: Accept) -> Behaviour:
    return lambda _tries: plan


def _rejected(reason: str, after_seconds: float = 0) -> Behaviour:
    return _always(
        Accept(
            settlement=Settlement(
                outcome=TransferStatus.REJECTED, reason=reason, after_seconds=after_seconds
            )
        )
    )


def _lost(tries: int) -> Decline | Accept:
    return Accept(delivery=delivery.never) if tries == 1 else Accept()


def _busy(tries: int) -> Decline | Accept:
    return Decline(429, "too_many_requests") if tries == 1 else Accept()


def _flaky(tries: int) -> Decline | Accept:
    match tries:
        case 1:
            return Decline(503, "unavailable")
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
        "LOST": _lost,
        "BUSY": _busy,
        "FLAKY": _flaky,
        "MISMATCH": _always(Accept(delivery=delivery.with_another_amount)),
        "GARBLED": _always(Accept(delivery=delivery.garbled)),
    }
)

# Longest first: PENDAC04 also ends in AC04.
_ENDINGS = sorted(BEHAVIOURS, key=len, reverse=True)


def find_ending(account: str) -> str:
    """Return the ending that decides for this account, "" for none."""
    return next((ending for ending in _ENDINGS if account.endswith(ending)), "")


def choose_behaviour(account: str) -> Behaviour:
    return BEHAVIOURS.get(find_ending(account), NORMAL)
