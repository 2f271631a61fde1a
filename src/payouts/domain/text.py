"""Texts that people write, on one line."""

import re
from typing import Final
from unicodedata import category

from payouts.domain.errors import TextMalformedError

# Control characters, line separators and surrogates, which could forge a log line.
CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# Unicode's general categories of characters that are not shown: control, format (zero-width and
# bidirectional characters), surrogate, private use, line and paragraph separators.
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Characters of other categories that are not shown either: the rest of Unicode's
# Default_Ignorable_Code_Point, the blank Braille pattern, and the noncharacters.
_HIDDEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)
_NONCHARACTER: Final = 0xFFFE
# A text needs more than marks and spaces to be seen.
_ALONE_INVISIBLE: Final = frozenset("MZ")


def parse_line(text: str, *, limit: int) -> str:
    """Return the text without outer spaces; raise TextMalformedError unless it is one line.

    Refused are characters that are not shown, such as zero-width and bidirectional ones: with them
    a text reads as another than it is.
    """
    line = text.strip(" ")
    if len(line) > limit or _has_hidden(line) or not _is_visible(line):
        raise TextMalformedError(limit=limit)
    return line


def _has_hidden(line: str) -> bool:
    return bool(_HIDDEN.search(line)) or any(
        category(character) in _HIDDEN_CATEGORIES or ord(character) & _NONCHARACTER == _NONCHARACTER
        for character in line
    )


def _is_visible(line: str) -> bool:
    return any(category(character)[0] not in _ALONE_INVISIBLE for character in line)
