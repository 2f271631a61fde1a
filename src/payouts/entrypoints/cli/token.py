"""`payouts token`: an API token for a user."""

import click

from payouts.entrypoints.cli.environment import local_environment


@click.command()
@click.argument("username", metavar="USER")
@click.option("--staff", is_flag=True, help="Let the user change payouts and recipients.")
def token(username: str, *, staff: bool) -> None:
    """Print a new API token for USER, who is created if need be."""
    with local_environment():
        import django

        django.setup()
        from payouts import bootstrap

        issued = bootstrap.issue_token(username, staff=staff)
    click.echo(issued)
