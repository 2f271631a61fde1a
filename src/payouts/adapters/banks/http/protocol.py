"""The messages to the bank, and what its replies mean. Anything unclear means Unknown."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from payouts.domain.bank_answer import (
    BankAnswer,
    NotAccepted,
    NotAuthorised,
    NotKnown,
    Refused,
    Transfer,
    TransferStatus,
    Unknown,
)
from payouts.domain.errors import InvalidValueError
from payouts.domain.money import read_decimal
from payouts.domain.payout import PayoutOrder

_REASON_CODE = re.compile(r"[A-Z]{2}[A-Z0-9]{2}")
# ISO 20022 reason codes: "reason not specified by agent", and "narrative".
_NOT_SPECIFIED = "MS03"
_NARRATIVE = "NARR"
_UNREADABLE = (ValueError, RecursionError, InvalidValueError)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response; `body` is None if it was too long to read."""

    status: int
    retry_after: str
    body: bytes | None


def transfer_request(order: PayoutOrder) -> dict[str, Any]:
    request: dict[str, Any] = {
        "reference": order.reference,
        "amount": order.terms.money.text,
        "currency": order.terms.money.currency.code,
        "creditor": {
            "name": order.recipient.name,
            "account": order.recipient.account_number.value,
            "agent": order.recipient.bank_code or None,
        },
    }
    if order.terms.remittance_information:
        request["remittance_information"] = order.terms.remittance_information
    return request


def read_reply(reply: Reply, method: str) -> BankAnswer:
    match reply.status:
        case HTTPStatus.OK | HTTPStatus.CREATED:
            return _read_transfer(reply.body)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY if method == "POST":
            return Refused(
                _reason_in(reply.body), f"The bank refused the order (HTTP {reply.status})."
            )
        case HTTPStatus.NOT_FOUND if method == "GET":
            return NotKnown()
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return NotAuthorised(f"the bank refused our credentials (HTTP {reply.status})")
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
            return _read_busy(reply)
        case status:
            return Unknown(f"the bank answered HTTP {status}")


def _read_busy(reply: Reply) -> NotAccepted | Unknown:
    """A 503 means that nothing was accepted only if it names a time to retry."""
    narrative = f"the bank is busy (HTTP {reply.status})"
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS or reply.retry_after:
        return NotAccepted(narrative, _seconds(reply.retry_after))
    return Unknown(narrative)


def read_callback(body: bytes) -> Transfer | None:
    """Read a transfer, by itself or as the `data` of a message."""
    try:
        fields = _object(body)
        inner = fields.get("data")
        return _to_transfer(inner if isinstance(inner, dict) else fields)
    except _UNREADABLE:
        return None


def _read_transfer(body: bytes | None) -> BankAnswer:
    try:
        return _to_transfer(_object(body))
    except _UNREADABLE:
        # The error may quote the body, and the body may contain an account number: log neither.
        return Unknown("the bank's answer cannot be read")


def _to_transfer(fields: Mapping[str, Any]) -> Transfer:
    return Transfer(
        reference=_text(fields, "reference"),
        amount=read_decimal(_text(fields, "amount")),
        currency=_text(fields, "currency"),
        status=TransferStatus(_text(fields, "status")),
        reason=_reason_code(fields),
    )


def _object(body: bytes | None) -> Mapping[str, Any]:
    fields = json.loads(body or b"")
    if not isinstance(fields, dict):
        raise ValueError("not an object")  # noqa: TRY004  everything unreadable is one error
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    return printable(fields.get(name))


def printable(value: object) -> str:
    """Return a printable text; raise ValueError for anything that PostgreSQL cannot compare."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("not a printable text")
    return value


def _reason_code(fields: Mapping[str, Any]) -> str:
    reason = fields.get("reason")
    return reason if isinstance(reason, str) and _REASON_CODE.fullmatch(reason) else _NOT_SPECIFIED


def _reason_in(body: bytes | None) -> str:
    try:
        reason = _reason_code(_object(body))
    except (ValueError, RecursionError):
        return _NARRATIVE
    return _NARRATIVE if reason == _NOT_SPECIFIED else reason


def _seconds(retry_after: str) -> float:
    """Read the delay form of Retry-After (RFC 9110); for a date our own backoff applies."""
    return float(retry_after) if re.fullmatch(r"[0-9]{1,6}", retry_after.strip()) else 0
