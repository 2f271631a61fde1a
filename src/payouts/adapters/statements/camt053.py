"""Bank statements in ISO 20022 XML: BankToCustomerStatement, camt.053, of any version.

Elements are found by their local names: each version has a namespace of its own, but the elements
that are read here have kept their names since version 2.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from payouts.domain.errors import InvalidValueError
from payouts.domain.money import read_decimal
from payouts.domain.statement import Period, StatementEntry, UnreadableStatementError

_BOOKED: Final = {"", "BOOK"}
_INDICATORS: Final = {"CRDT": True, "DBIT": False}
# ISO 20022: the debtor gave no end-to-end reference.
_NO_REFERENCE: Final = "NOTPROVIDED"
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
# In order of preference: the ordered amount first, which may differ from the booked one.
_AMOUNTS: Final = (
    "{*}AmtDtls/{*}InstdAmt/{*}Amt",
    "{*}AmtDtls/{*}TxAmt/{*}Amt",
    "{*}Amt",
)


def read_camt053(path: Path) -> Iterator[Period | StatementEntry]:
    """Read a file as a stream: a period for each statement, and its booked entries.

    Raises UnreadableStatementError when it reaches a place that cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _read(file)
    except OSError as error:
        raise UnreadableStatementError(f"{path}: {error.strerror}") from error
    except (ParseError, InvalidValueError, ValueError) as error:
        raise UnreadableStatementError(f"{path}: not a camt.053 statement: {error}") from error


def _read(file: BinaryIO) -> Iterator[Period | StatementEntry]:
    statements = 0
    for element, parent in _ended_elements(file):
        if _name(element) == "Stmt":
            statements += 1
            yield _period(element)
        elif _name(element) == "Ntry" and _name(parent) == "Stmt":
            yield from _entries(element)
            # A statement may have a million entries. Free the memory of those that were read.
            parent.remove(element)
    if not statements:
        raise ValueError("it has no Stmt")


def _ended_elements(file: BinaryIO) -> Iterator[tuple[Element, Element]]:
    """Yield each element but the root as soon as it is complete, with its parent."""
    open_elements: list[Element] = []
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            open_elements.append(element)
            continue
        open_elements.pop()
        if open_elements:
            yield element, open_elements[-1]


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _period(statement: Element) -> Period:
    since, until = _text(statement, "{*}FrToDt/{*}FrDtTm"), _text(statement, "{*}FrToDt/{*}ToDtTm")
    return Period(
        since=_moment(since) if since else None,
        until=_moment(until, is_end=True) if until else None,
    )


def _moment(text: str, *, is_end: bool = False) -> datetime:
    """Read ISO 8601, in UTC if it names no zone. An inclusive end becomes an exclusive one."""
    moment = datetime.fromisoformat(text)
    step = timedelta(microseconds=1)
    if "T" not in text:
        moment, step = datetime.combine(moment, time()), timedelta(days=1)
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned + step if is_end else zoned


def _entries(entry: Element) -> Iterator[StatementEntry]:
    status = _text(entry, "{*}Sts/{*}Cd") or _text(entry, "{*}Sts")
    if status not in _BOOKED:
        return
    transactions = entry.findall("{*}NtryDtls/{*}TxDtls")
    if len(transactions) <= 1:
        yield _movement(entry, [*transactions, entry])
        return
    for transaction in transactions:
        # The amount of the entry is their sum.
        yield _movement(entry, [transaction])


def _movement(entry: Element, places: list[Element]) -> StatementEntry:
    """Make one movement of the first value in these places, or else of the entry's."""
    amount = _amount_in(places)
    whole = [*places, entry]
    reference = _first(places, "{*}Refs/{*}EndToEndId")
    return StatementEntry(
        reference="" if reference == _NO_REFERENCE else reference,
        amount=read_decimal((amount.text or "").strip()),
        currency=_currency(amount),
        is_credit=_is_credit(_first(whole, "{*}CdtDbtInd")),
        booked_at=_text(entry, "{*}BookgDt/{*}DtTm") or _text(entry, "{*}BookgDt/{*}Dt"),
        bank_reference=_first(places, "{*}Refs/{*}AcctSvcrRef") or _first(whole, "{*}AcctSvcrRef"),
        reason=_first(places, "{*}RtrInf/{*}Rsn/{*}Cd"),
    )


def _amount_in(places: list[Element]) -> Element:
    for place in places:
        for path in _AMOUNTS:
            amount = place.find(path)
            if amount is not None:
                return amount
    raise ValueError("an entry has no Amt")


def _currency(amount: Element) -> str:
    currency = amount.get("Ccy", "")
    if not _CURRENCY.fullmatch(currency):
        raise ValueError(f"{currency!r} is not a currency")
    return currency


def _is_credit(indicator: str) -> bool:
    if indicator not in _INDICATORS:
        raise ValueError(f"{indicator!r} is not a CdtDbtInd")
    return _INDICATORS[indicator]


def _first(places: list[Element], path: str) -> str:
    return next((text for place in places if (text := _text(place, path))), "")


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
