"""`payouts token`: an API token for a user."""

import click

from payouts.entrypoints.cli.environment import service_environment


@click.command()
@click.argument("username", metavar="USER")
@click.option("--staff", is_flag=True, help="Let the user change payouts and recipients.")
def token(username: str, *, staff: bool) -> None:
    """Print a new API token for USER. The user is created if necessary."""
    with service_environment():
        import django

        django.setup()
        from django.core.exceptions import ValidationError

        from payouts.entrypoints.api.tokens import issue_token

        try:
            issued = issue_token(username, staff=staff)
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    click.echo(issued)
