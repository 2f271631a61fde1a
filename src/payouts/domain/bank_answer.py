"""The answers that a bank can give about a transfer, in the terms of ISO 20022."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class TransferStatus(StrEnum):
    """ISO 20022 external payment transaction status codes."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True)
class Transfer:
    """The bank knows the transfer. `reason` is an ISO 20022 code if it was rejected.

    `currency` is the code as the bank writes it: ISO 4217 may have dropped it since the payout.
    """

    reference: str
    amount: Decimal
    currency: str
    status: TransferStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The bank refused the order, and will never execute it."""

    reason: str
    narrative: str


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """The bank accepted nothing this time. `retry_after_seconds` is 0 if it names no delay."""

    narrative: str
    retry_after_seconds: float = 0


@dataclass(frozen=True, slots=True)
class NotAuthorised:
    """The bank refused our credentials: our configuration is wrong, not the payout."""

    narrative: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """There was no answer, or none that can be trusted: money may have moved or may still move."""

    narrative: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The bank does not know the transfer. That proves nothing: the order may still arrive."""

    narrative: str = "the bank does not know the transfer, or not yet"


BankAnswer = Transfer | Refused | NotAccepted | NotAuthorised | Unknown | NotKnown
