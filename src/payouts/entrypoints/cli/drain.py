"""`payouts drain`: due payouts, without a broker."""

import click

from payouts.entrypoints.cli.environment import service_environment


@click.command()
def drain() -> None:
    """Process the payouts that are due in this process, and print their outcomes."""
    with service_environment():
        import django

        django.setup()
        from payouts import bootstrap

        outcomes = bootstrap.drain_due()()
    if not outcomes:
        click.echo("Nothing was due.")
    for event, count in sorted(outcomes.items()):
        click.echo(f"{count:6} {event}")
