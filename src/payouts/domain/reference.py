"""References: the ids under which the bank knows payouts."""

import re
from os import urandom
from time import time_ns
from typing import Final

_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0x2 << 62
_FIXED: Final = 0xF << 76 | 0x3 << 62
_IN_TEXT: Final = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}(?![0-9A-Za-z])"
)


def new_reference() -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7) as 32 hexadecimal digits.

    It increases with time, in milliseconds, so that new references are close together in an index.
    The other 74 bits are random.
    """
    value = time_ns() // 1_000_000 << 80 | int.from_bytes(urandom(10))
    return f"{value & ~_FIXED | _VERSION | _VARIANT:032x}"


def find_reference(text: str) -> str:
    """Return the reference that the text contains, "" if it contains none or different ones."""
    found = set(_IN_TEXT.findall(text))
    return found.pop() if len(found) == 1 else ""
