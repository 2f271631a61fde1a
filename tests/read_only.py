"""Makes the test database read-only, in the two ways in which PostgreSQL can become so."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from tests.administration import administer

_SETTING = "default_transaction_read_only"


def ignore_server_setting() -> None:
    """Keep new sessions writable while another xdist worker makes the server read-only."""
    administer(_alter_database(f"SET {_SETTING} = off"))


@contextmanager
def server_setting_applies() -> Iterator[None]:
    """Let new sessions take the setting of the server, and end the open ones, which do not."""
    administer(_alter_database(f"RESET {_SETTING}"))
    _end_sessions()
    try:
        yield
    finally:
        ignore_server_setting()
        _end_sessions()


@contextmanager
def read_only_server() -> Iterator[None]:
    """Let open sessions become read-only, where `server_setting_applies`."""
    administer(f"ALTER SYSTEM SET {_SETTING} = on", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        administer(f"ALTER SYSTEM RESET {_SETTING}", "SELECT pg_reload_conf()")


@contextmanager
def read_only_database() -> Iterator[None]:
    """Let new sessions be read-only, as on the old primary after a failover."""
    administer(_alter_database(f"SET {_SETTING} = on"))
    try:
        _end_sessions()
        yield
    finally:
        ignore_server_setting()


def _alter_database(change: str) -> str:
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    return f"ALTER DATABASE {name} {change}"


def _end_sessions() -> None:
    """End all sessions of the test database, the tests' own too."""
    connection.close()
    administer(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
