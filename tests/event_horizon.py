"""Waiting until the events that exist are shown."""

from django.db import connection
from tests.running import eventually

# All tests share a server, and a transaction in any of its databases holds events back.
_LAST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def wait_until_shown() -> None:
    """Wait until no transaction is open that began to write before now."""
    last = _value(_LAST)
    eventually(lambda: _value(_HORIZON) >= last)


def _value(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
