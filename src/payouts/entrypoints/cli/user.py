"""`payouts user`: a user of the console."""

import secrets
import sys
from typing import TYPE_CHECKING, TextIO

import click

from payouts.domain.role import Role
from payouts.entrypoints.cli.token import users_of_service

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_PASSWORD_BYTES = 15


@click.command()
@click.argument("username", metavar="NAME")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), help="What the user may do."
)
@click.option(
    "--password-file", type=click.File(), help="Take the password from this file; - is stdin."
)
@click.option("--reset-password", is_flag=True, help="Replace the password that the user has.")
def user(
    username: str, *, role: str | None, password_file: TextIO | None, reset_password: bool
) -> None:
    """Create a user of the console, or change its role or its password.

    On a terminal the password is asked for. Without a terminal and without --password-file one is
    made, and printed alone on stdout. An existing password stays, unless a new one is given or
    --reset-password is.
    """
    with users_of_service():
        from payouts.entrypoints.access import users

        known = users.find(username)
        if known is None and role is None:
            raise click.UsageError(f"There is no user {username!r}. Give --role to create it.")
        new_role = Role(role) if role else None
        given = _read(password_file) if password_file else None
        made = None
        if given is None and (reset_password or _lacks_password(known, new_role)):
            given = _ask()
            made = None if given else secrets.token_urlsafe(_PASSWORD_BYTES)
        saved = users.save(
            username, role=new_role, password=given or made, actor=users.COMMAND_LINE
        )
        click.echo(f"{username} has the role {users.role_of(saved) or 'superuser'}.", err=True)
    if made:
        click.echo(made)


def _lacks_password(user: "User | None", role: Role | None) -> bool:
    from payouts.entrypoints.access.users import role_of

    if user and user.has_usable_password():
        return False
    role = role or (role_of(user) if user else None)
    return role is not None and role.uses_console


def _read(file: TextIO) -> str:
    password = file.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("The password file is empty.")
    return password


def _ask() -> str | None:
    """Return None without a terminal, and if the answer is empty."""
    if not sys.stdin.isatty():
        return None
    asked: str = click.prompt(
        "Password (Enter: make one)",
        default="",
        show_default=False,
        hide_input=True,
        confirmation_prompt=True,
        err=True,
    )
    return asked or None
