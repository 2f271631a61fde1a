"""What a bank can tell of a transfer, in the terms of ISO 20022."""

from dataclasses import dataclass
from enum import StrEnum

from payouts.domain.money import Money


class TransferStatus(StrEnum):
    """ISO 20022 external payment transaction status codes."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True)
class Transfer:
    """The bank knows the transfer; `reason` is an ISO 20022 code when it is rejected."""

    reference: str
    money: Money
    status: TransferStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The bank did not take the order and never will."""

    reason: str
    narrative: str


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Nothing was taken this time; `retry_after_seconds` is the bank's own wish, if any."""

    narrative: str
    retry_after_seconds: float = 0


@dataclass(frozen=True, slots=True)
class NotAuthorised:
    """The bank does not know us: our configuration, not the payout, is wrong."""

    narrative: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, or none that can be trusted: money may have moved, or may yet move."""

    narrative: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The bank does not know the transfer. That proves nothing: it may be about to take it."""

    narrative: str = "the bank does not know it, or not yet"


BankAnswer = Transfer | Refused | NotAccepted | NotAuthorised | Unknown | NotKnown
