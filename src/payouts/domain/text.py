"""Texts that people write, on one line."""

import re

from payouts.domain.errors import TextMalformedError

# Control characters, line separators and surrogates, which could forge a log line.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def parse_line(text: str, *, limit: int) -> str:
    """Return the text without outer spaces; raise TextMalformedError unless it is one line."""
    line = text.strip(" ")
    if not line or len(line) > limit or line.isspace() or CONTROL_CHARACTERS.search(line):
        raise TextMalformedError(limit=limit)
    return line
