"""One entry (Ntry) of a camt.053 statement: the transfers that it consists of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from payouts.adapters.statements.xml_schema import read_decimal, shorten
from payouts.domain.reference import find_reference
from payouts.domain.statement import StatementEntry, UnreadableEntry

_BOOKED: Final = {"", "BOOK"}
_BOOKED_BY_OTHER_NAMES: Final = {"BOOK", "BOOKED"}
_INDICATORS: Final = {"CRDT": True, "DBIT": False}
# Written instead of a reference that the originator did not give.
_NO_REFERENCE: Final = {"", "NOTPROVIDED", "NONREF"}
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
# If another amount was booked than ordered, the ordered one comes first.
_AMOUNTS: Final = (
    "{*}AmtDtls/{*}InstdAmt/{*}Amt",
    "{*}AmtDtls/{*}TxAmt/{*}Amt",
    "{*}Amt",
)
# Where banks write the reference if they leave the EndToEndId out.
_OTHER_REFERENCES: Final = (
    "{*}Refs/{*}InstrId",
    "{*}Refs/{*}TxId",
    "{*}RmtInf/{*}Ustrd",
    "{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref",
    "{*}AddtlTxInf",
    "{*}AddtlNtryInf",
)


def read_entry(entry: Element, place: str) -> Iterator[StatementEntry | UnreadableEntry]:
    """Yield the transfers of an entry that is booked; nothing of one that is not."""
    if not _is_booked(entry):
        return
    transactions = entry.findall("{*}NtryDtls/{*}TxDtls")
    count = max(_batch_size(entry), len(transactions))
    if count <= 1:
        yield _Transfer(entry, [*transactions, entry], place).read()
        return
    for number, transaction in enumerate(transactions, 1):
        # The amount of the entry is the sum of its transactions.
        yield _Transfer(entry, [transaction], f"transaction {number} of {place}").read()
    if count > len(transactions):
        unlisted = f"it has {count} transactions and lists {len(transactions)} of them"
        yield _Transfer(entry, [entry], place).unreadable(unlisted)


@dataclass(frozen=True, slots=True)
class _Transfer:
    """One transfer: its facts are the first that `elements` have, else those of the entry."""

    entry: Element
    elements: list[Element]
    place: str

    def read(self) -> StatementEntry | UnreadableEntry:
        try:
            amount, currency = self._money()
            return StatementEntry(
                reference=self._reference(),
                amount=amount,
                currency=currency,
                is_credit=self._is_credit(),
                booked_at=self.booked_at,
                bank_reference=self._bank_reference(),
                reason=self._return_reason(),
            )
        except ValueError as error:
            return self.unreadable(str(error))

    def unreadable(self, problem: str) -> UnreadableEntry:
        return UnreadableEntry(
            place=self.place,
            problem=problem,
            reference=self._reference(),
            booked_at=self.booked_at,
            bank_reference=self._bank_reference(),
        )

    @property
    def booked_at(self) -> str:
        return _text(self.entry, "{*}BookgDt/{*}DtTm") or _text(self.entry, "{*}BookgDt/{*}Dt")

    def _money(self) -> tuple[Decimal, str]:
        for element in self.elements:
            for path in _AMOUNTS:
                amount = element.find(path)
                if amount is not None and (amount.text or "").strip():
                    return read_decimal(amount.text or ""), _currency(amount)
        raise ValueError("it has no amount")

    def _is_credit(self) -> bool:
        indicator = self._first("{*}CdtDbtInd", [*self.elements, self.entry])
        if indicator not in _INDICATORS:
            raise ValueError(f"its CdtDbtInd is {shorten(indicator)}, not CRDT or DBIT")
        return _INDICATORS[indicator]

    def _reference(self) -> str:
        """Return the EndToEndId, or the reference of ours that it or another element contains."""
        given = self._first("{*}Refs/{*}EndToEndId")
        if given.upper() not in _NO_REFERENCE:
            return find_reference(given) or given
        found = (find_reference(self._all(path)) for path in _OTHER_REFERENCES)
        return next(filter(None, found), "")

    def _bank_reference(self) -> str:
        own = self._first("{*}Refs/{*}AcctSvcrRef")
        reference = own or self._first("{*}AcctSvcrRef", [*self.elements, self.entry])
        return "" if reference.upper() in _NO_REFERENCE else reference

    def _return_reason(self) -> str:
        reason = "{*}RtrInf/{*}Rsn"
        code = self._first(f"{reason}/{{*}}Cd") or self._first(f"{reason}/{{*}}Prtry")
        words = self._all("{*}RtrInf/{*}AddtlInf")
        return ": ".join(part for part in (code, words) if part)

    def _first(self, path: str, elements: list[Element] | None = None) -> str:
        texts = (_text(element, path) for element in elements or self.elements)
        return next(filter(None, texts), "")

    def _all(self, path: str) -> str:
        texts = (each.text or "" for element in self.elements for each in element.findall(path))
        return " ".join(" ".join(texts).split())


def _is_booked(entry: Element) -> bool:
    """Version 2 has the code in Sts itself, later ones in Cd, or a bank's own word in Prtry."""
    own_word = _text(entry, "{*}Sts/{*}Prtry")
    if own_word:
        return own_word.upper() in _BOOKED_BY_OTHER_NAMES
    return (_text(entry, "{*}Sts/{*}Cd") or _text(entry, "{*}Sts")) in _BOOKED


def _batch_size(entry: Element) -> int:
    """Return how many payments the entry says it consists of; 0 if it does not say."""
    numbers = [each.text or "" for each in entry.findall("{*}NtryDtls/{*}Btch/{*}NbOfTxs")]
    return sum(int(text) for text in map(str.strip, numbers) if re.fullmatch("[0-9]{1,15}", text))


def _currency(amount: Element) -> str:
    currency = amount.get("Ccy", "").strip()
    if not _CURRENCY.fullmatch(currency):
        raise ValueError(f"its currency is {shorten(currency)}")
    return currency


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
