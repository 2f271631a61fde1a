"""`payouts token` and `payouts tokens`: API tokens of users."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click

from payouts.domain.role import Role
from payouts.entrypoints.cli.environment import service_environment

_MAX_DAYS = 3650


@contextmanager
def users_of_service() -> Iterator[None]:
    """Have Django ready, and report what it does not accept in one line."""
    with service_environment():
        import django

        django.setup()
        from django.core.exceptions import ValidationError

        try:
            yield
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error


@click.command()
@click.argument("username", metavar="USER", required=False)
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), help="Give the user this role."
)
@click.option("--staff", is_flag=True, help="The same as --role administrator.")
@click.option("--name", default="", help="A name by which people recognise the token.")
@click.option(
    "--expires-in-days",
    type=click.IntRange(1, _MAX_DAYS),
    help="Let the token end by itself after this time. By default it does not.",
)
@click.option("--revoke", metavar="TOKEN", help="End a token, named by itself or by its key.")
def token(
    username: str | None,
    *,
    role: str | None,
    staff: bool,
    name: str,
    expires_in_days: int | None,
    revoke: str | None,
) -> None:
    """Print a new API token for USER.

    A user that does not exist is created, as a client unless --role says otherwise. An existing
    user keeps its role without --role.
    """
    if username is None and revoke is None:
        raise click.MissingParameter(param_hint="USER", param_type="argument")
    if username is not None and revoke is not None:
        raise click.UsageError("Give either a USER or --revoke TOKEN.")
    if staff and role not in {None, Role.ADMINISTRATOR}:
        raise click.UsageError("--staff means --role administrator. Give one of them.")
    with users_of_service():
        from payouts.entrypoints.access import tokens
        from payouts.entrypoints.access.users import COMMAND_LINE

        if revoke:
            found = tokens.find_by_key(revoke)
            tokens.revoke(found, actor=COMMAND_LINE)
            click.echo(f"Revoked {found.token_key} of {found.user}.", err=True)
            return
        issued = tokens.issue_token(
            username or "",
            actor=COMMAND_LINE,
            role=Role.ADMINISTRATOR if staff else Role(role) if role else None,
            name=name,
            expires_in=timedelta(days=expires_in_days) if expires_in_days else None,
        )
    click.echo(issued)


@click.command()
@click.argument("username", metavar="[USER]", required=False)
def tokens(username: str | None) -> None:
    """List the API tokens, of USER or of all users, the newest first."""
    with users_of_service():
        from knox.models import get_token_model

        rows = get_token_model().objects.select_related("user").order_by("-created")
        if username is not None:
            rows = rows.filter(user__username=username)
        for row in rows.iterator(chunk_size=1000):
            times = (_day(row.created), _minute(row.last_used_at), _day(row.expiry))
            click.echo("\t".join((row.token_key, str(row.user), row.name, *times)))


def _day(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d") if at else "never"


def _minute(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else "never"
