"""Connections to a server that has become read-only."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError, connection
from tests.running import eventually

from payouts.adapters.database import availability


@pytest.fixture
def administrator(database: None) -> Iterator[psycopg.Connection]:
    """A session that stays writable."""
    connection.ensure_connection()
    dsn = connection.connection.info.dsn
    with psycopg.connect(dsn, options="-c default_transaction_read_only=off") as session:
        session.autocommit = True
        yield session
        session.execute("ALTER SYSTEM RESET default_transaction_read_only")
        session.execute("SELECT pg_reload_conf()")


class TestOpenConnection:
    def test_is_closed_when_its_server_becomes_read_only(
        self, administrator: psycopg.Connection
    ) -> None:
        administrator.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        administrator.execute("SELECT pg_reload_conf()")
        eventually(lambda: availability.check() == "read_only")
        assert not connection.is_usable()

        connection.close()
        with pytest.raises(OperationalError) as refused:
            connection.ensure_connection()
        assert availability.reason_unavailable(refused.value) == "read_only"

        administrator.execute("ALTER SYSTEM RESET default_transaction_read_only")
        administrator.execute("SELECT pg_reload_conf()")
        eventually(lambda: availability.check() is None)
