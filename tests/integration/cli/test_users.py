"""`payouts token`, `tokens` and `user`, on the test database."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from tests.users import make_user

from payouts.adapters.database.models import ApiToken
from payouts.domain.role import Role
from payouts.entrypoints.access.users import role_of
from payouts.entrypoints.cli import main

pytestmark = pytest.mark.usefixtures("database")


def run(*arguments: str, **options: Any) -> Result:
    """Run the command to its end; only an error that is reported in one line may end it early."""
    result = CliRunner().invoke(main, [str(each) for each in arguments], **options)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def role(username: str) -> str | None:
    return role_of(User.objects.get(username=username))


def can_log_in(username: str, password: str) -> bool:
    request = RequestFactory().get("/")
    return authenticate(request, username=username, password=password) is not None


def status(token: str, path: str = "/api/payouts/") -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get(path).status_code


class TestToken:
    def test_is_printed_alone_and_works(self) -> None:
        result = run("token", "ann")
        assert result.stdout == result.output
        [token] = result.stdout.splitlines()
        assert status(token) == 200
        assert role("ann") == "client"

    @pytest.mark.parametrize("name", Role)
    def test_gives_the_user_a_role(self, name: Role) -> None:
        run("token", "ann", "--role", name)
        assert role("ann") == name
        assert User.objects.get().is_staff is name.uses_console

    def test_makes_an_administrator_of_staff(self) -> None:
        run("token", "olga", "--staff")
        assert role("olga") == "administrator"

    def test_leaves_a_known_user_its_role(self) -> None:
        make_user("olga", "operator")
        run("token", "olga")
        assert role("olga") == "operator"

    def test_replaces_the_role_of_a_known_user_even_of_a_superuser(self) -> None:
        User.objects.create_superuser("olga")
        run("token", "olga", "--role", "viewer")
        user = User.objects.get()
        assert (role("olga"), user.is_superuser, user.is_staff) == ("viewer", False, True)

    def test_has_a_name_and_an_end(self) -> None:
        run("token", "ann", "--name", "billing", "--expires-in-days", "30")
        token = ApiToken.objects.get()
        assert token.name == "billing"
        assert timedelta(days=29) < token.expiry - timezone.now() <= timedelta(days=30)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["a b"],
            ["system"],
            ["ann", "--role", "boss"],
            ["ann", "--role", "viewer", "--staff"],
            ["ann", "--name", "x\ny"],
            ["ann", "--name", "x" * 101],
            ["ann", "--expires-in-days", "0"],
            ["ann", "--revoke", "0" * 64],
            [],
        ],
    )
    def test_is_refused_for_invalid_arguments(self, arguments: list[str]) -> None:
        assert run("token", *arguments).exit_code
        assert not ApiToken.objects.exists()


class TestRevoke:
    @pytest.mark.parametrize("length", [64, 15, 8])
    def test_ends_the_token_named_by_itself_or_its_key(self, length: int) -> None:
        ended, other = (run("token", "ann").stdout.strip() for _ in range(2))
        result = run("token", "--revoke", ended[:length])
        assert result.stdout == ""
        assert ended[:15] in result.stderr
        assert ended not in result.stderr
        assert (status(ended), status(other)) == (401, 200)

    def test_refuses_a_key_that_names_none_or_several_or_is_too_short(self) -> None:
        user = make_user("ann")
        for digest in "ab":
            ApiToken(digest=digest, token_key="0123456789abcde", user=user).save()
        for text in ("0123456789", "fedcba98", "0123456", ""):
            assert run("token", "--revoke", text).exit_code
        assert ApiToken.objects.count() == 2


class TestTokens:
    def test_are_listed_without_what_is_secret(self) -> None:
        token = run("token", "ann", "--name", "billing").stdout.strip()
        run("token", "ben")
        listed = run("tokens").stdout
        assert [line.split("\t")[1] for line in listed.splitlines()] == ["ben", "ann"]
        [line] = run("tokens", "ann").stdout.splitlines()
        assert line.split("\t")[:3] == [token[:15], "ann", "billing"]
        assert token not in listed


class TestUser:
    def test_is_made_with_a_password_printed_alone(self) -> None:
        result = run("user", "olga", "--role", "operator")
        [password] = result.stdout.splitlines()
        assert can_log_in("olga", password)
        assert role("olga") == "operator"

    def test_takes_the_password_from_a_file_or_stdin(self, tmp_path: Path) -> None:
        file = tmp_path / "password"
        file.write_text("a long password of olga\n")
        for arguments, options in (
            (["--password-file", str(file)], {}),
            (["--password-file", "-"], {"input": "another long password\n"}),
        ):
            result = run("user", "olga", "--role", "operator", *arguments, **options)
            assert result.stdout == ""
        assert can_log_in("olga", "another long password")

    def test_keeps_the_password_when_the_role_changes(self) -> None:
        password = run("user", "olga", "--role", "operator").stdout.strip()
        assert run("user", "olga", "--role", "viewer").stdout == ""
        assert can_log_in("olga", password)
        assert role("olga") == "viewer"

    def test_gets_a_new_password_on_request(self) -> None:
        old = run("user", "olga", "--role", "operator").stdout.strip()
        new = run("user", "olga", "--reset-password").stdout.strip()
        assert (can_log_in("olga", old), can_log_in("olga", new)) == (False, True)
        assert role("olga") == "operator"

    @pytest.mark.parametrize("password", ["short", "password1234", ""])
    def test_is_not_made_with_a_weak_password(self, password: str) -> None:
        arguments = ("user", "olga", "--role", "operator", "--password-file", "-")
        assert run(*arguments, input=f"{password}\n").exit_code
        assert not User.objects.exists()

    def test_needs_a_role_to_be_made(self) -> None:
        assert run("user", "olga").exit_code
        assert not User.objects.exists()
