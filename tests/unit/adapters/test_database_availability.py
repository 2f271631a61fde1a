import psycopg
import pytest
from django.db import DataError, InterfaceError, InternalError, OperationalError
from psycopg.errors import DivisionByZero, ReadOnlySqlTransaction

from payouts.adapters.database.availability import reason_unavailable

SERVER = 'connection to server at "10.0.0.1", port 5432 failed: '


class TestReasonUnavailable:
    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            (f"{SERVER}session is read-only", "read_only"),
            (f"{SERVER}FATAL:  sorry, too many clients already", "too_many_connections"),
            (
                f"{SERVER}FATAL:  remaining connection slots are reserved for roles with SUPERUSER",
                "too_many_connections",
            ),
            (f'{SERVER}FATAL:  too many connections for role "p"', "too_many_connections"),
            (f"{SERVER}FATAL:  the database system is starting up", "not_accepting_connections"),
            (f"{SERVER}FATAL:  the database system is shutting down", "not_accepting_connections"),
            (
                f"{SERVER}FATAL:  the database system is in recovery mode",
                "not_accepting_connections",
            ),
            (
                f"{SERVER}FATAL:  the database system is not yet accepting connections",
                "not_accepting_connections",
            ),
            (f'{SERVER}FATAL:  database "p" does not exist', "database_missing"),
            (f'{SERVER}FATAL:  password authentication failed for user "p"', "access_denied"),
            (f"{SERVER}fe_sendauth: no password supplied", "access_denied"),
            (f'{SERVER}FATAL:  no pg_hba.conf entry for host "10.0.0.2"', "access_denied"),
            (f'{SERVER}FATAL:  role "p" does not exist', "access_denied"),
            ('could not translate host name "db" to address: Name unknown', "host_unknown"),
            (f"{SERVER}Connection refused", "unreachable"),
            ("connection timeout expired", "unreachable"),
        ],
    )
    def test_reads_the_message_of_a_connection_that_failed(self, message: str, reason: str) -> None:
        error = OperationalError(message)
        error.__cause__ = psycopg.OperationalError(message)
        assert reason_unavailable(error) == reason

    def test_reads_the_sqlstate_of_a_statement_that_failed(self) -> None:
        error = InternalError("cannot execute INSERT in a read-only transaction")
        error.__cause__ = ReadOnlySqlTransaction()
        assert reason_unavailable(error) == "read_only"

    def test_counts_a_closed_connection(self) -> None:
        assert reason_unavailable(InterfaceError("connection already closed")) == "unreachable"

    def test_is_none_for_an_error_of_the_statement(self) -> None:
        error = DataError("division by zero")
        error.__cause__ = DivisionByZero()
        assert reason_unavailable(error) is None
