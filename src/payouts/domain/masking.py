"""Texts that people and banks write, without the account numbers that they may contain."""

import re
from typing import Final

from payouts.domain.iban import has_iban_form, iban_length, to_electronic_form
from payouts.domain.recipient import VISIBLE_TAIL, mask_account_number

_SEPARATOR: Final = "[ \u00a0-]?"
_SEPARATORS: Final = re.compile(r"[\s-]")
_IBAN_START: Final = re.compile("(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}", re.ASCII)


def mask_account_numbers(text: str, *known: str) -> str:
    """Mask the known account numbers, in any case and spacing, and whatever has an IBAN's form.

    A number that is too short to be recognised is left alone.
    """
    for number in known:
        if not _may_contain(text, number):
            continue
        characters = [re.escape(character) for character in number if not character.isspace()]
        if len(characters) > VISIBLE_TAIL:
            spelled = re.compile(_SEPARATOR.join(characters), re.IGNORECASE)
            # A backslash in the replacement would begin an escape.
            text = spelled.sub(mask_account_number(number).replace("\\", r"\\"), text)
    return _mask_ibans(text)


def _may_contain(text: str, number: str) -> bool:
    """Tell most texts, which do not contain the number, without compiling a pattern for it."""
    if not (text.isascii() and number.isascii()):
        return True  # upper and lower case may differ in length
    return _SEPARATORS.sub("", number).lower() in _SEPARATORS.sub("", text).lower()


def _mask_ibans(text: str) -> str:
    for start in reversed(list(_IBAN_START.finditer(text))):
        if iban := _iban_at(text, start.start()):
            masked = mask_account_number(to_electronic_form(iban))
            text = text[: start.start()] + masked + text[start.start() + len(iban) :]
    return text


def _iban_at(text: str, start: int) -> str | None:
    length = iban_length(text[start : start + 2].upper())
    if not length:
        return None
    spelled = f"(?:[A-Za-z0-9]{_SEPARATOR}){{{length - 1}}}[A-Za-z0-9](?![A-Za-z0-9])"
    found = re.compile(spelled, re.ASCII).match(text, start)
    return found.group() if found and has_iban_form(to_electronic_form(found.group())) else None
