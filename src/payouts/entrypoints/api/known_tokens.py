"""Tokens that were found good a moment ago, so that a client's next request need not ask again."""

from hashlib import sha256
from time import monotonic
from typing import Any, Final

# How long a token that was revoked, or whose user was changed, may still work.
TRUSTED_SECONDS: Final = 0.5
_AT_MOST = 10_000


class KnownTokens:
    """What was found for a token. What was not found is not remembered: it may come to be."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, Any]] = {}

    def get(self, token: str) -> Any | None:
        known = self._known.get(_digest(token))
        return known[1] if known and monotonic() < known[0] else None

    def put(self, token: str, found: Any, *, asked_at: float) -> None:
        """Trust what the database said from the moment it was asked, not from when it answered."""
        if len(self._known) >= _AT_MOST:
            self._known.clear()
        self._known[_digest(token)] = (asked_at + TRUSTED_SECONDS, found)


def _digest(token: str) -> bytes:
    """Keep no token in memory longer than its request."""
    return sha256(token.encode()).digest()
