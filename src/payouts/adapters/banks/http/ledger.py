"""The bank's own list of what it has paid."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpcore

from payouts.adapters.banks.http.protocol import printable
from payouts.adapters.banks.http.transport import HttpTransport
from payouts.domain.bank_answer import TransferStatus
from payouts.domain.errors import InvalidValueError
from payouts.domain.money import read_decimal
from payouts.domain.statement import (
    StatementEntry,
    StatementUnavailableError,
    UnreadableEntry,
    UnreadableStatementError,
)

_DEADLINE_SECONDS = 60
_MAX_BYTES = 256 * 1024 * 1024


def read_bank_ledger(*, url: str, token: str) -> Iterator[StatementEntry | UnreadableEntry]:
    """Yield all transfers that moved money.

    Raises StatementUnavailableError if the bank does not answer with its ledger, and
    UnreadableStatementError if the answer is not one.
    """
    transport = HttpTransport(
        url=url,
        token=token,
        deadline_seconds=_DEADLINE_SECONDS,
        connections=1,
        max_body_bytes=_MAX_BYTES,
    )
    try:
        reply = transport.exchange("GET", "/v1/ledger", {})
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        message = f"the bank does not give its ledger ({type(error).__name__})"
        raise StatementUnavailableError(message) from error
    if reply.status != HTTPStatus.OK:
        raise StatementUnavailableError(f"the bank does not give its ledger (HTTP {reply.status})")
    for number, transfer in enumerate(_transfers(reply.body), 1):
        place = f"transfer {number} of the bank's ledger"
        if not isinstance(transfer, dict):
            yield UnreadableEntry(place=place, problem="it is not an object")
        elif transfer.get("status", TransferStatus.SETTLED) == TransferStatus.SETTLED:
            yield _entry(transfer, place)


def _transfers(body: bytes | None) -> list[Any]:
    try:
        # Numbers become texts, so that no amount is a float.
        ledger = json.loads(body or b"", parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableStatementError("the bank's ledger is not JSON") from error
    transfers = ledger.get("transfers") if isinstance(ledger, dict) else ledger
    if not isinstance(transfers, list):
        raise UnreadableStatementError("the bank's ledger is not a list of transfers")
    return transfers


def _entry(transfer: Mapping[str, Any], place: str) -> StatementEntry | UnreadableEntry:
    try:
        return StatementEntry(
            reference=_text(transfer, "reference"),
            amount=read_decimal(_text(transfer, "amount")),
            currency=_text(transfer, "currency"),
            booked_at=_text(transfer, "settled_at", default=""),
            bank_reference=_text(transfer, "id", default=""),
        )
    except (ValueError, InvalidValueError) as error:
        reference = transfer.get("reference")
        return UnreadableEntry(
            place=place,
            problem=str(error).rstrip("."),
            reference=reference if isinstance(reference, str) and reference.isprintable() else "",
        )


def _text(transfer: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    try:
        return printable(transfer.get(name) or default)
    except ValueError as error:
        raise ValueError(f"its {name} is {error}") from error
