"""Tokens, and the user name that belongs to the workers."""

from datetime import datetime, timedelta
from time import monotonic

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.problems import expect_problem
from tests.service import Service, order
from tests.users import make_token, make_user

from payouts.adapters.database.models import ApiToken
from payouts.adapters.database.token_use import TokenUse
from payouts.entrypoints.access.tokens import issue_token


class TestIssueToken:
    def test_refuses_the_name_of_the_workers(self, database: None) -> None:
        with pytest.raises(ValidationError):
            issue_token("system", actor="stefan")
        assert not User.objects.exists()

    def test_refuses_a_deactivated_user(self, database: None) -> None:
        User.objects.create_user("ursula", is_active=False)
        with pytest.raises(ValidationError):
            issue_token("ursula", actor="stefan")


class TestNameOfTheWorkers:
    def test_cannot_be_used_to_change_anything(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        with service.make_client("system") as impostor:
            answer = impostor.post("/api/payouts/", json=order(recipient_id))
        expect_problem(answer, 403, "permission_denied")


class TestUse:
    def test_is_recorded_once_a_minute(self, service: Service) -> None:
        [row] = ApiToken.objects.filter(user__username="ursula")
        assert service.user.get("/api/payouts/").status_code == 200
        row.refresh_from_db()
        first = row.last_used_at
        assert first is not None
        for _ in range(5):
            assert service.user.get("/api/payouts/").status_code == 200
        row.refresh_from_db()
        assert row.last_used_at == first


class TestTokenUse:
    """`record` by itself, as each web process has one."""

    @pytest.fixture
    def token(self, database: None) -> ApiToken:
        return make_token(make_user("ursula"))[0]

    def record(self, token: ApiToken) -> datetime | None:
        TokenUse().record(digest=token.digest, last_used_at=token.last_used_at)
        token.refresh_from_db()
        return token.last_used_at

    def test_is_recorded_again_after_a_minute(self, token: ApiToken) -> None:
        assert self.record(token)
        earlier = timezone.now() - timedelta(seconds=61)
        ApiToken.objects.update(last_used_at=earlier)
        token.refresh_from_db()
        later = self.record(token)
        assert later
        assert later > earlier

    def test_is_not_recorded_by_two_processes(self, token: ApiToken) -> None:
        unused = ApiToken.objects.get()
        first = self.record(token)
        assert self.record(unused) == first

    def test_of_a_token_that_is_locked_is_not_waited_for(self, token: ApiToken) -> None:
        with psycopg.connect(connection.connection.info.dsn) as other:
            other.execute("SELECT * FROM payouts_apitoken FOR UPDATE")
            started = monotonic()
            assert self.record(token) is None
            assert monotonic() - started < 1

    def test_fails_no_request_of_a_read_only_database(self, token: ApiToken) -> None:
        use = TokenUse()
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        try:
            with CaptureQueriesContext(connection) as queries:
                for _ in range(3):
                    use.record(digest=token.digest, last_used_at=None)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = off")
        assert len(queries) == 1
        token.refresh_from_db()
        assert token.last_used_at is None
