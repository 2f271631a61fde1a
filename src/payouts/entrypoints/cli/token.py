"""`payouts token`: an API token for a user."""

import click

from payouts.domain.role import Role
from payouts.entrypoints.cli.environment import service_environment


@click.command()
@click.argument("username", metavar="USER")
@click.option("--role", type=click.Choice([*Role]), help="Give the user this role.")
@click.option(
    "--staff", "role", flag_value=Role.ADMINISTRATOR, help="The same as --role administrator."
)
def token(username: str, *, role: str | None) -> None:
    """Print a new API token for USER.

    A user that does not exist is created, as a client unless --role says otherwise. An existing
    user keeps its role without --role.
    """
    with service_environment():
        import django

        django.setup()
        from django.core.exceptions import ValidationError

        from payouts.entrypoints.access.tokens import issue_token

        try:
            issued = issue_token(username, role=Role(role) if role else None)
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    click.echo(issued)
