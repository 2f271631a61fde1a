"""IBANs (ISO 13616): which texts have the form of one, and whether the check digits are right."""

import re
from functools import cache
from unicodedata import category, normalize

from stdnum import numdb
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from payouts.domain.errors import IbanCheckDigitsError

_FORM = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")
_FIXED_LENGTHS = re.compile(r"[0-9]+")
_BEFORE_BBAN = len("GB29")


@cache
def iban_length(country: str) -> int | None:
    """Return the number of characters of the country's IBANs; None if it has none.

    Source: the SWIFT IBAN registry, as python-stdnum ships it.
    """
    [(_, properties), *_] = numdb.get("iban").info(country)
    if "bban" not in properties:
        return None
    return _BEFORE_BBAN + sum(map(int, _FIXED_LENGTHS.findall(properties["bban"])))


def has_iban_form(text: str) -> bool:
    """Return whether the text starts like an IBAN of a registered country and has its length."""
    return bool(_FORM.fullmatch(text)) and iban_length(text[:2]) == len(text)


def to_electronic_form(text: str) -> str:
    """Return the letters and digits of a text, as an IBAN would be written electronically.

    Spaces and dashes of every kind, zero-width characters and a leading "IBAN" are left out, and
    full-width and other decimal digits become ASCII. Control characters stay, and are refused.
    """
    characters = (
        str(int(character)) if character.isdecimal() else character
        for character in normalize("NFKC", text).upper()
        if character.isalnum() or category(character) == "Cc"
    )
    return "".join(characters).removeprefix("IBAN")


def ensure_check_digits(iban: str) -> None:
    """Raise IbanCheckDigitsError unless the check digits are right (ISO 7064, mod 97-10)."""
    try:
        mod_97_10.validate(iban[4:] + iban[:4])
    except ValidationError as error:
        raise IbanCheckDigitsError from error
