"""Tokens, and the user name that belongs to the workers."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from tests.problems import expect_problem
from tests.service import Service, order

from payouts.entrypoints.access.tokens import issue_token


class TestIssueToken:
    def test_refuses_the_name_of_the_workers(self, database: None) -> None:
        with pytest.raises(ValidationError):
            issue_token("system")
        assert not User.objects.exists()

    def test_refuses_a_deactivated_user(self, database: None) -> None:
        User.objects.create_user("ursula", is_active=False)
        with pytest.raises(ValidationError):
            issue_token("ursula")


class TestNameOfTheWorkers:
    def test_cannot_be_used_to_change_anything(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        with service.make_client("system") as impostor:
            answer = impostor.post("/api/payouts/", json=order(recipient_id))
        expect_problem(answer, 403, "permission_denied")
