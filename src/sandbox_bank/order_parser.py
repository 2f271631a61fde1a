"""Reads a transfer order from the body of a request.

Error texts never repeat a value of the request, because it could be an account number.
"""

import json
import re
from decimal import Decimal
from typing import Any, Final

from iso4217 import raw_table

from sandbox_bank.problem import ProblemError
from sandbox_bank.transfer import TransferOrder

# ISO 20022 allows 35 characters in an EndToEndId. These need no escape in a URL.
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,34}")
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.([0-9]{1,5}))?")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_reference(text: str) -> bool:
    return bool(_REFERENCE.fullmatch(text))


def parse_order(body: bytes) -> TransferOrder:
    """Raise ProblemError: 400 for a malformed order, 422 for one that no bank can carry out."""
    document = _read_object(
        _parse_json(body),
        "the body",
        {"reference", "amount", "currency", "creditor"},
        optional="remittance_information",
    )
    creditor = _read_object(document["creditor"], "creditor", {"name", "account"}, optional="agent")
    currency = _read_text(document["currency"], "currency")
    remittance_information = document["remittance_information"]
    if remittance_information is not None:
        remittance_information = _read_line(remittance_information, "remittance_information", 140)
    return TransferOrder(
        reference=_read_reference(document["reference"]),
        amount=_read_amount(document["amount"], currency),
        currency=currency,
        name=_read_line(creditor["name"], "creditor.name", 255, minimum=1),
        account=_read_line(creditor["account"], "creditor.account", 64, minimum=1),
        agent=_read_line(creditor["agent"] or "", "creditor.agent", 32),
        remittance_information=remittance_information,
    )


def _malformed(detail: str) -> ProblemError:
    return ProblemError(400, "malformed_order", detail)


def _unacceptable(detail: str, reason: str) -> ProblemError:
    return ProblemError(422, "unacceptable_order", detail, reason=reason)


def _parse_json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_to_object)
    # RecursionError: a body of thousands of opening brackets.
    except (ValueError, RecursionError) as error:
        raise _malformed("The body is not JSON in UTF-8 with unique keys.") from error


def _to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("duplicate key")
    return document


def _read_object(value: object, where: str, required: set[str], *, optional: str) -> dict[str, Any]:
    """Return the object; the optional field is None where it was left out."""
    if not isinstance(value, dict):
        raise _malformed(f"Send {where} as an object.")
    document = {optional: None, **value}
    if document.keys() != required | {optional}:
        fields = ", ".join(sorted(required))
        raise _malformed(f"Send {where} with exactly these fields: {fields}, perhaps {optional}.")
    return document


def _read_text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise _malformed(f"Send {field} as a string.")
    return value


def _read_line(value: object, field: str, maximum: int, *, minimum: int = 0) -> str:
    text = _read_text(value, field)
    if not minimum <= len(text) <= maximum or _UNPRINTABLE.search(text):
        raise _malformed(f"Send {field} as one line of {minimum} to {maximum} characters.")
    return text


def _read_reference(value: object) -> str:
    reference = _read_text(value, "reference")
    if not is_reference(reference):
        raise _malformed("Send reference as 1 to 35 characters of A-Z a-z 0-9 . _ : + -")
    return reference


def _read_amount(value: object, currency: str) -> str:
    """Return the amount with all decimals of its currency."""
    match = _AMOUNT.fullmatch(_read_text(value, "amount"))
    if not match:
        raise _malformed('Send amount in plain decimal notation, such as "100.00".')
    minor_units = str((raw_table.get(currency) or {}).get("CcyMnrUnts") or "")
    if not minor_units.isdecimal():
        raise _unacceptable("currency is not an ISO 4217 code of money.", "AM03")
    if len(match.group(1) or "") > int(minor_units):
        raise _unacceptable(f"amount has more than {minor_units} decimals.", "AM12")
    amount = Decimal(match.group())
    if not amount:
        raise _unacceptable("amount must be above 0.", "AM01")
    return f"{amount:.{minor_units}f}"
