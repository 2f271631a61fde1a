"""Money and currencies."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Self

from iso4217 import raw_table

from payouts.domain.errors import (
    AmountMalformedError,
    AmountNotPositiveError,
    AmountTooLargeError,
    AmountTooPreciseError,
    CurrencyUnknownError,
)

MAX_INTEGER_DIGITS: Final = 16
MAX_MINOR_UNITS: Final = 4

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_PLAIN_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency; `minor_units` is its number of decimals."""

    code: str
    minor_units: int

    @classmethod
    def parse(cls, code: str) -> Self:
        """Look the currency up by its upper-case code in ISO 4217.

        Raises CurrencyUnknownError, also for metals and test codes, which have no minor units.
        """
        return cls(code, _minor_units(code))

    @classmethod
    def parse_active_or_historic(cls, code: str) -> Self:
        """Accept a code that ISO 4217 may have dropped since a payout was made in it.

        A currency that is not listed gets the most decimals that any has. Raises
        CurrencyUnknownError unless the code is three capital letters.
        """
        if not _CODE.fullmatch(code):
            raise CurrencyUnknownError
        try:
            return cls.parse(code)
        except CurrencyUnknownError:
            return cls(code, MAX_MINOR_UNITS)

    def __str__(self) -> str:
        return self.code


@cache
def _minor_units(code: str) -> int:
    digits = str((raw_table.get(code) or {}).get("CcyMnrUnts") or "")
    if not digits.isdecimal():
        raise CurrencyUnknownError
    return int(digits)


def read_decimal(text: str) -> Decimal:
    """Read plain decimal notation of any size; raise AmountMalformedError."""
    return Decimal(_match(text).group())


def _match(text: str) -> re.Match[str]:
    match = _PLAIN_DECIMAL.fullmatch(text)
    if not match:
        raise AmountMalformedError
    return match


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency, as an exact decimal in major units (12.50 is 12 dollars 50)."""

    amount: Decimal
    currency: Currency

    @classmethod
    def parse(cls, text: str, currency: Currency) -> Self:
        """Read plain decimal notation: digits, and at most one point inside.

        Raises AmountMalformedError, AmountTooLargeError, AmountTooPreciseError,
        AmountNotPositiveError.
        """
        match = _match(text)
        integer, decimals = match.group(1), match.group(2) or ""
        if len(integer) > MAX_INTEGER_DIGITS:
            raise AmountTooLargeError(integer_digits=MAX_INTEGER_DIGITS)
        if len(decimals) > currency.minor_units:
            raise AmountTooPreciseError(currency=currency.code, minor_units=currency.minor_units)
        amount = Decimal(text)
        if not amount:
            raise AmountNotPositiveError
        return cls(amount, currency)

    @property
    def text(self) -> str:
        """The amount with all of the currency's decimals: 10 dollars are "10.00"."""
        return f"{self.amount:.{self.currency.minor_units}f}"

    def __str__(self) -> str:
        return f"{self.text} {self.currency}"
