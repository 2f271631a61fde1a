"""Ids in addresses."""

from typing import Any

from payouts.entrypoints.api.fields import LARGEST_ID

_LONGEST = len(str(LARGEST_ID))


def is_id(value: Any) -> bool:
    """Return whether the text may be the id of a row."""
    text = str(value)
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST
    return is_number and 0 < int(text) <= LARGEST_ID
