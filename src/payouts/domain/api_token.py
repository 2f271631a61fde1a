"""What people see of an API token."""

from typing import Final

from payouts.domain.text import parse_line

TOKEN_NAME_LIMIT: Final = 100
# The key of a token is its first 15 characters. This many of them are enough to name it.
SHORTEST_KEY: Final = 8


def parse_token_name(text: str) -> str:
    """Raise TextMalformedError unless it is empty or a line of text."""
    return parse_line(text, limit=TOKEN_NAME_LIMIT) if text else ""
