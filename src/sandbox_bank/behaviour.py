"""The bank's behaviours, chosen by the end of the creditor's account.

A behaviour is a list of steps: the first POST of a reference takes the first step, the second POST
the second, and every POST after that the last. The ledger counts the POSTs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sandbox_bank import responses
from sandbox_bank.responses import Responder
from sandbox_bank.transfer import TransferStatus

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

PENDING_SECONDS: Final = 3
# The service waits 6 seconds for an answer and comes back 1 to 6 seconds later. So some look-ups
# come before the transfer is recorded, and some after it.
LATE_SECONDS: Final = 10
_SLOW_SECONDS: Final = 3
_STALL_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Decline:
    """Record nothing and answer with an error; `reason` is an ISO 20022 code if it is final."""

    http_status: int
    code: str
    headers: Mapping[str, str] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Record the transfer, then respond; a known reference is not recorded again."""

    final_status: TransferStatus = TransferStatus.SETTLED
    final_reason: str | None = None
    pending_seconds: float = 0
    seconds_before_recording: float = 0
    seconds_before_responding: float = 0
    respond: Responder = responses.send_truth


Step = Decline | Accept


def _reject(reason: str, *, pending_seconds: float = 0) -> Accept:
    return Accept(
        final_status=TransferStatus.REJECTED, final_reason=reason, pending_seconds=pending_seconds
    )


_ACCEPT: Final = Accept()
_UNAUTHORISED: Final = Decline(401, "unauthorised", {"WWW-Authenticate": "Bearer"})

# README.md describes each of them, and a test compares the two.
BEHAVIOURS: Final[Mapping[str, Sequence[Step]]] = MappingProxyType(
    {
        **{code: [_reject(code)] for code in REASON_CODES},
        **{
            f"PEND{code}": [_reject(code, pending_seconds=PENDING_SECONDS)] for code in REASON_CODES
        },
        "PEND": [Accept(pending_seconds=PENDING_SECONDS)],
        "SLOW": [Accept(seconds_before_responding=_SLOW_SECONDS)],
        "STALL": [Accept(seconds_before_responding=_STALL_SECONDS)],
        "DRIP": [Accept(respond=responses.send_byte_by_byte)],
        "LATE": [Accept(seconds_before_recording=LATE_SECONDS), _ACCEPT],
        "LOST": [Accept(respond=responses.drop_connection), _ACCEPT],
        "BUSY": [Decline(429, "too_many_requests", {"Retry-After": "1"}), _ACCEPT],
        "DOWN": [Decline(503, "unavailable"), _ACCEPT],
        # The bank serves nothing at this path.
        "REDIRECT": [Decline(307, "moved", {"Location": "/v1/elsewhere"}), _ACCEPT],
        "LOCKED": [_UNAUTHORISED, _UNAUTHORISED, _ACCEPT],
        "REFUSED": [Decline(422, "unacceptable_order", reason="AC01")],
        "FLAKY": [
            Decline(503, "unavailable", {"Retry-After": "1"}),
            Accept(respond=responses.send_error),
            _ACCEPT,
        ],
        "MISMATCH": [Accept(respond=responses.send_other_amount)],
        "OTHERREF": [Accept(respond=responses.send_other_reference)],
        "GARBLED": [Accept(respond=responses.send_half)],
        "PROSE": [Accept(respond=responses.send_html)],
        "HUGE": [Accept(respond=responses.send_huge)],
        "DEAF": [Accept(respond=responses.send_error)],
    }
)

# Longest first, because PENDAC04 also ends in AC04.
_ENDINGS: Final = sorted(BEHAVIOURS, key=len, reverse=True)


def find_ending(account: str) -> str:
    """Return the ending that chooses the behaviour, or "" if there is none."""
    return next((ending for ending in _ENDINGS if account.endswith(ending)), "")


def choose_step(account: str, post_count: int) -> Step:
    """Return what to do with a POST; `post_count` counts it and those before it."""
    steps = BEHAVIOURS.get(find_ending(account), [_ACCEPT])
    return steps[min(post_count, len(steps)) - 1]


def choose_look_up_response(account: str) -> Responder:
    return responses.send_error if find_ending(account) == "DEAF" else responses.send_truth
