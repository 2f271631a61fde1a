"""What the tests do to the test database beside the service."""

import psycopg
from django.db import connection

# The session can undo what makes others read-only, and has time on a machine that is busy.
_OPTIONS = "-c default_transaction_read_only=off -c statement_timeout=60s -c lock_timeout=60s"


def administer(*statements: str) -> None:
    """Run statements in a session of their own, each of which commits."""
    settings = connection.settings_dict
    with psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"],
        options=_OPTIONS,
        autocommit=True,
    ) as session:
        for statement in statements:
            session.execute(statement)
