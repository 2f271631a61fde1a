"""From the bytes of a request to a TransferOrder, strictly.

No message repeats a value of the request: it could be an account number on its way to a log.
"""

import json
import re
from collections.abc import Set as AbstractSet
from decimal import Decimal

from iso4217 import raw_table

from sandbox_bank.transfer import TransferOrder

# ISO 20022: an EndToEndId has at most 35 characters. These fit into a URL unescaped.
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,34}")
_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.([0-9]{1,5}))?")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_NAME_LIMIT = 255
_ACCOUNT_LIMIT = 64
_AGENT_LIMIT = 32


class OrderError(Exception):
    """An order that is not taken and never will be; `str()` of it is a sentence for the client.

    `reason` is an ISO 20022 reason code, if there is one.
    """

    def __init__(self, detail: str, *, reason: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason


class MalformedOrderError(OrderError):
    """It does not have the form of an order."""


class UnacceptableOrderError(OrderError):
    """It has the form of an order, but this bank cannot carry it out."""


def is_reference(text: str) -> bool:
    return bool(_REFERENCE.fullmatch(text))


def parse_order(body: bytes) -> TransferOrder:
    """Raise MalformedOrderError or UnacceptableOrderError."""
    document = _expect_object(_read_json(body), "the body")
    _expect_fields(document, "the body", {"reference", "amount", "currency", "creditor"})
    creditor = _expect_object(document["creditor"], "creditor")
    # The agent may be left out or null: a local account number needs no bank code.
    creditor = {**creditor, "agent": creditor.get("agent") or ""}
    _expect_fields(creditor, "creditor", {"name", "account", "agent"})
    currency = _expect_text(document["currency"], "currency")
    return TransferOrder(
        reference=_parse_reference(document["reference"]),
        amount=_parse_amount(_expect_text(document["amount"], "amount"), currency),
        currency=currency,
        name=_parse_line(creditor["name"], "creditor.name", 1, _NAME_LIMIT),
        account=_parse_line(creditor["account"], "creditor.account", 1, _ACCOUNT_LIMIT),
        agent=_parse_line(creditor["agent"], "creditor.agent", 0, _AGENT_LIMIT),
    )


def _read_json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_without_duplicates)
    # RecursionError: a body may be nothing but opening brackets.
    except (ValueError, RecursionError) as error:
        raise MalformedOrderError("The body is not JSON in UTF-8 with unique keys.") from error


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("duplicate key")
    return document


def _expect_object(value: object, field: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MalformedOrderError(f"Give {field} as an object.")
    return value


def _expect_fields(document: dict[str, object], where: str, fields: AbstractSet[str]) -> None:
    if document.keys() != fields:
        raise MalformedOrderError(f"Give {where} with exactly: {', '.join(sorted(fields))}.")


def _expect_text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise MalformedOrderError(f"Give {field} as a string.")
    return value


def _parse_reference(value: object) -> str:
    reference = _expect_text(value, "reference")
    if not is_reference(reference):
        raise MalformedOrderError("Give reference as 1 to 35 of A-Z a-z 0-9 . _ : + -")
    return reference


def _parse_line(value: object, field: str, shortest: int, longest: int) -> str:
    text = _expect_text(value, field)
    if not shortest <= len(text) <= longest or _UNPRINTABLE.search(text):
        raise MalformedOrderError(f"Give {field} as one line of {shortest} to {longest}.")
    return text


def _parse_amount(text: str, currency: str) -> Decimal:
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise MalformedOrderError('Give amount in plain decimal notation, such as "100.00".')
    minor_units = str((raw_table.get(currency) or {}).get("CcyMnrUnts") or "")
    if not minor_units.isdecimal():
        raise UnacceptableOrderError("currency is not an ISO 4217 code of money.", reason="AM03")
    if len(match.group(1) or "") > int(minor_units):
        raise UnacceptableOrderError(f"amount has more than {minor_units} decimals.", reason="AM12")
    amount = Decimal(text)
    if not amount:
        raise UnacceptableOrderError("amount must be above 0.", reason="AM01")
    return amount
