"""`payouts drain`: due payouts, without a broker."""

import click

from payouts.entrypoints.cli.environment import local_environment


@click.command()
def drain() -> None:
    """Process the payouts that are due, here and now."""
    with local_environment():
        import django

        django.setup()
        from payouts import bootstrap

        bootstrap.drain_payouts()()
