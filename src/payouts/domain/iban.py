"""IBANs (ISO 13616): which texts have the form of one, and whether the check digits are right."""

import re

from stdnum import numdb
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from payouts.domain.errors import IbanCheckDigitsError

_FORM = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")
_FIXED_LENGTHS = re.compile(r"[0-9]+")
_BEFORE_BBAN = len("GB29")


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


def ensure_check_digits(iban: str) -> None:
    """Raise IbanCheckDigitsError unless the check digits are right (ISO 7064, mod 97-10)."""
    try:
        mod_97_10.validate(iban[4:] + iban[:4])
    except ValidationError as error:
        raise IbanCheckDigitsError from error
