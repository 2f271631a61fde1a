"""IBANs as ISO 13616 defines them: which texts have the form of one, and its check digits."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from payouts.domain.errors import IbanCheckDigitsError

_FORM = re.compile(r"([A-Z]{2})[0-9]{2}[A-Z0-9]+")

# The SWIFT IBAN registry: length in characters -> country codes.
_COUNTRIES_BY_LENGTH = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
LENGTH_BY_COUNTRY: Final[Mapping[str, int]] = MappingProxyType(
    {country: length for length, codes in _COUNTRIES_BY_LENGTH.items() for country in codes.split()}
)


def has_iban_form(text: str) -> bool:
    """Tell whether the text starts like an IBAN of a registered country and has its length."""
    match = _FORM.fullmatch(text)
    return bool(match) and LENGTH_BY_COUNTRY.get(text[:2]) == len(text)


def expect_check_digits(iban: str) -> None:
    """Raise IbanCheckDigitsError unless the check digits are right (ISO 7064, mod 97-10)."""
    rearranged = iban[4:] + iban[:4]
    if int("".join(str(int(character, 36)) for character in rearranged)) % 97 != 1:
        raise IbanCheckDigitsError
