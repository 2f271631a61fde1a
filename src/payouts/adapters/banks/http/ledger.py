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
from payouts.domain.statement import StatementEntry, UnreadableStatementError

_DEADLINE_SECONDS = 60
_MAX_BYTES = 256 * 1024 * 1024
_UNREADABLE = (ValueError, TypeError, KeyError, InvalidValueError, RecursionError)


def read_bank_ledger(*, url: str, token: str) -> Iterator[StatementEntry]:
    """Ask the bank for all transfers that moved money; raise UnreadableStatementError."""
    line = HttpTransport(
        url=url,
        token=token,
        deadline_seconds=_DEADLINE_SECONDS,
        connections=1,
        max_body_bytes=_MAX_BYTES,
    )
    try:
        reply = line.exchange("GET", "/v1/ledger", {})
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        message = f"the bank does not give its ledger ({type(error).__name__})"
        raise UnreadableStatementError(message) from error
    if reply.status != HTTPStatus.OK:
        raise UnreadableStatementError(f"the bank does not give its ledger (HTTP {reply.status})")
    try:
        yield from _read(reply.body)
    except _UNREADABLE as error:
        raise UnreadableStatementError("the bank's ledger cannot be read") from error


def _read(body: bytes | None) -> Iterator[StatementEntry]:
    # As texts, so that no amount goes through a float.
    ledger = json.loads(body or b"", parse_float=str, parse_int=str)
    for transfer in ledger["transfers"] if isinstance(ledger, dict) else ledger:
        if transfer.get("status", TransferStatus.SETTLED) == TransferStatus.SETTLED:
            yield _entry(transfer)


def _entry(transfer: Mapping[str, Any]) -> StatementEntry:
    return StatementEntry(
        reference=printable(transfer["reference"]),
        amount=read_decimal(transfer["amount"]),
        currency=printable(transfer["currency"]),
        booked_at=printable(transfer.get("settled_at") or ""),
        bank_reference=printable(transfer.get("id") or ""),
    )
