"""`payouts reconcile`: our payouts beside what the bank has booked."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payouts.entrypoints.cli.environment import local_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payouts.domain.statement import Finding

DIFFERENCE = 1


class Unreadable(click.ClickException):
    exit_code = 2


@click.command()
@click.option(
    "--from",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A bank statement, ISO 20022 camt.053 in XML; several, if several days are wanted.",
)
@click.option("--bank", is_flag=True, help="Ask the bank for its ledger instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reconcile(files: tuple[Path, ...], *, bank: bool, as_json: bool) -> int:
    """Compare what the bank has booked with our payouts, both ways.

    The exit code is 1 if they differ, and 2 if the statement cannot be read.
    """
    if bank == bool(files):
        raise click.UsageError("Give either --from FILE or --bank.")
    with local_environment():
        import django

        django.setup()
        from payouts.domain.statement import UnreadableStatementError
        from payouts.entrypoints.cli.reconciliation import Reconciliation

        try:
            found = Reconciliation(_compare(files))
        except UnreadableStatementError as error:
            raise Unreadable(str(error)) from error
    if as_json:
        click.echo(found.as_json())
    else:
        found.print_table()
    return DIFFERENCE if found.has_differences else 0


def _compare(files: tuple[Path, ...]) -> "Iterator[Finding]":
    from payouts import bootstrap

    if not files:
        return bootstrap.reconcile_payouts()(statement=bootstrap.read_bank_statement())
    # The same file twice would make every transfer look as if it had left twice.
    different = {path.resolve(): path for path in files}.values()
    read = map(bootstrap.read_statement_file, different)
    return bootstrap.reconcile_payouts()(statement=chain.from_iterable(read))
