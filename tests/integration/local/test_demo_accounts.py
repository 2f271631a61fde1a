"""The users of `payouts up --demo`, and their credentials."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest

from local.demo_accounts import DemoAccounts, store_accounts
from payouts.adapters.database.models import ApiToken
from payouts.domain.role import Role
from payouts.entrypoints.access.users import role_of, set_role
from payouts.entrypoints.api.auth import find_token

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAYOUTS_HOME", str(tmp_path))
    return tmp_path


def store(home: Path) -> DemoAccounts:
    store_accounts()
    find_token.cache.clear()
    return DemoAccounts.read(home)


def may_log_in(password: str) -> set[str]:
    """Return the names of users who get into the console."""
    found = [
        authenticate(HttpRequest(), username=user.username, password=password)
        for user in User.objects.all()
    ]
    return {user.get_username() for user in found if user and user.is_staff}


class TestStoreAccounts:
    def test_makes_a_user_of_each_role(self, home: Path) -> None:
        store(home)
        roles = {user.username: role_of(user) for user in User.objects.all()}
        assert roles == {role.value: role for role in Role if role is not Role.CLIENT} | {
            "demo": Role.CLIENT
        }

    def test_gives_tokens_that_work(self, home: Path) -> None:
        tokens = store(home).tokens
        assert set(tokens) == {"demo", "integrator", "operator", "administrator"}
        assert {name: find_token(token).user.username for name, token in tokens.items()} == {
            name: name for name in tokens
        }

    def test_gives_a_password_to_those_who_may_log_in(self, home: Path) -> None:
        password = store(home).password
        assert may_log_in(password) == {role for role in Role if role.uses_console}

    def test_keeps_what_works(self, home: Path) -> None:
        first = store(home)
        assert store(home) == first
        assert ApiToken.objects.count() == len(first.tokens)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda operator: User.objects.filter(pk=operator.pk).update(is_active=False),
            lambda operator: set_role(operator, Role.CLIENT),
            lambda operator: User.objects.filter(pk=operator.pk).update(password="!"),
            lambda operator: ApiToken.objects.filter(user=operator).delete(),
            lambda operator: operator.delete(),
        ],
        ids=["deactivated", "another role", "without a password", "without a token", "deleted"],
    )
    def test_repairs_what_was_tried_out(self, home: Path, damage: Any) -> None:
        first = store(home)
        damage(User.objects.get(username="operator"))
        repaired = store(home)
        assert find_token(repaired.tokens["operator"]).user.username == "operator"
        assert role_of(User.objects.get(username="operator")) is Role.OPERATOR
        assert "operator" in may_log_in(repaired.password)
        assert repaired.tokens["demo"] == first.tokens["demo"]

    @pytest.mark.parametrize("text", ["", "{", json.dumps({"user_token": "of an older version"})])
    def test_replaces_a_file_that_it_cannot_read(self, home: Path, text: str) -> None:
        (home / "demo.json").write_text(text)
        assert find_token(store(home).tokens["demo"])
