"""Whether the database can serve, and the reason if it cannot."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pkgutil import iter_modules
from time import monotonic
from types import MappingProxyType
from typing import Final

from django.db import Error, InterfaceError, OperationalError, connection

from payouts.adapters.database import migrations
from payouts.adapters.database.apps import DatabaseConfig

# By SQLSTATE, or by its class, which is its first two characters (PostgreSQL, appendix A).
_REASON_BY_SQLSTATE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "08": "unreachable",
        "25006": "read_only",
        "25P03": "too_slow",  # idle_in_transaction_session_timeout
        "28": "access_denied",
        "3D000": "database_missing",
        "3F000": "not_migrated",
        "42501": "access_denied",
        "42703": "not_migrated",  # undefined column
        "42883": "not_migrated",  # undefined function
        "42P01": "not_migrated",  # undefined table
        "53": "out_of_resources",
        "53100": "disk_full",
        "53200": "out_of_memory",
        "53300": "too_many_connections",
        "57": "shutting_down",
        "57014": "too_slow",  # statement_timeout
        "57P03": "not_accepting_connections",
        "58": "system_error",
    }
)
# A connection that failed has no SQLSTATE, only the server's or the driver's words.
_REASON_BY_MESSAGE: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"session is read-only": "read_only",
        r"too many (clients|connections)|remaining connection slots": "too_many_connections",
        r"starting up|shutting down|recovery mode|not .*accepting": "not_accepting_connections",
        r"database .* does not exist": "database_missing",
        r"authentication|password|pg_hba.conf|role .* (does not exist|is not)": "access_denied",
        r"could not translate host name|resolve": "host_unknown",
    }
)
# Failures of a server whose reads still work, so that `check` does not find them.
_OF_SOME_STATEMENTS: Final = frozenset({"disk_full", "out_of_memory", "system_error"})
_RECENT_SECONDS: Final = 30.0
_CHECK = """
SELECT current_setting('transaction_read_only') = 'on',
       EXISTS (SELECT FROM django_migrations WHERE app = %s AND name = %s)
"""


def check() -> str | None:
    """Return None if the database can serve requests, or the reason why it cannot."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CHECK, [DatabaseConfig.label, _newest_migration()])
            is_read_only, is_migrated = cursor.fetchone()
    except Error as error:
        if reason := reason_unavailable(error):
            return reason
        raise
    if is_read_only:
        return "read_only"
    return None if is_migrated else "not_migrated"


def reason_unavailable(error: Exception) -> str | None:
    """Return why the database cannot serve, or None if the error has another cause."""
    cause = error.__cause__ or error
    sqlstate = getattr(cause, "sqlstate", None) or ""
    if reason := _REASON_BY_SQLSTATE.get(sqlstate) or _REASON_BY_SQLSTATE.get(sqlstate[:2]):
        return reason
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    matching = (r for words, r in _REASON_BY_MESSAGE.items() if re.search(words, str(cause)))
    return next(matching, "failing" if sqlstate else "unreachable")


@dataclass
class RecentFailure:
    """Remember for 30 s why a statement of this process failed, if `check` cannot find that out."""

    _reason: str | None = None
    _at: float = 0.0

    @property
    def reason(self) -> str | None:
        return self._reason if monotonic() - self._at < _RECENT_SECONDS else None

    def record(self, reason: str) -> None:
        if reason in _OF_SOME_STATEMENTS:
            self._reason, self._at = reason, monotonic()


@cache
def _newest_migration() -> str:
    return max(module.name for module in iter_modules(migrations.__path__))
