"""The error that the commands of this package report."""

import click


class LocalError(click.ClickException):
    """Something on this machine prevents the command. The message says what, and what to do."""
