"""When API tokens were last used, to the minute."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import structlog
from cachetools import TTLCache
from django.db import Error, connection
from django.utils import timezone

log = structlog.get_logger("payouts")

_INTERVAL: Final = timedelta(minutes=1)
_MAX_REMEMBERED: Final = 10_000
# A row that another transaction holds is skipped: no request waits for this.
_RECORD = """
UPDATE payouts_apitoken SET last_used_at = now() WHERE digest = (
    SELECT digest FROM payouts_apitoken
    WHERE digest = %s
        AND (last_used_at IS NULL OR last_used_at <= now() - make_interval(secs => %s))
    FOR UPDATE SKIP LOCKED
)
"""


class TokenUse:
    """Record the use of a token at most once a minute; a failure to do so fails no request."""

    def __init__(self) -> None:
        self._tried: TTLCache[str, None] = TTLCache(_MAX_REMEMBERED, _INTERVAL.total_seconds())
        self._lock = Lock()

    def record(self, *, digest: str, last_used_at: datetime | None) -> None:
        """`last_used_at` is what the token's row said when it was read."""
        if last_used_at and timezone.now() - last_used_at < _INTERVAL:
            return
        if not self._was_tried(digest):
            self._write(digest)

    def _was_tried(self, digest: str) -> bool:
        """Return whether this process has tried within the last minute, and remember that it has.

        A database that refuses writes is not asked again and again.
        """
        with self._lock:
            if digest in self._tried:
                return True
            self._tried[digest] = None
            return False

    @staticmethod
    def _write(digest: str) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(_RECORD, [digest, _INTERVAL.total_seconds()])
        except Error as error:
            log.warning("token.use_not_recorded", error=type(error).__name__)
