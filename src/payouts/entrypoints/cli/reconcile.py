"""`payouts reconcile`: compare payouts with what the bank has booked."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from payouts.entrypoints.cli.environment import service_environment

if TYPE_CHECKING:
    from payouts.domain.statement import Finding

DIFFERENT = 1


class Unreadable(click.ClickException):
    exit_code = 2


class NotCompared(click.ClickException):
    exit_code = 3


@click.command()
@click.option(
    "--from",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A bank statement, ISO 20022 camt.053 in XML. Repeat it for several files.",
)
@click.option("--bank", is_flag=True, help="Ask the bank for its ledger instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reconcile(files: tuple[Path, ...], *, bank: bool, as_json: bool) -> int:
    """Compare what the bank has booked with our payouts, in both directions.

    An entry of the statement that cannot be read is a difference; the others are compared.

    \b
    Exit code:
      0  no difference
      1  differences
      2  the statement cannot be read at all, or the options are wrong
      3  nothing was compared: no database or no bank, or the settings are wrong
    """
    if bank == bool(files):
        raise click.UsageError("Give either --from FILE or --bank.")
    with TemporaryFile("w+", encoding="utf-8") as matched:
        with _exit_codes(), service_environment():
            import django

            django.setup()
            from payouts.entrypoints.cli.reconciliation import Reconciliation

            found = Reconciliation(_compare(files), matched=matched if as_json else None)
        if as_json:
            found.print_json()
        else:
            found.print_table()
    return DIFFERENT if found.has_differences else 0


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Give each failure an exit code other than 1, which Python itself uses for any exception."""
    from payouts.domain.statement import UnreadableStatementError
    from payouts.entrypoints.cli.reconciliation import escape

    try:
        yield
    except UnreadableStatementError as error:
        raise Unreadable(escape(str(error))) from error
    except click.ClickException as error:
        raise NotCompared(error.format_message()) from error
    except Exception as error:
        if not _is_expected(error):
            traceback.print_exc()
        raise NotCompared(escape(str(error).split("\n")[0]) or type(error).__name__) from error


def _is_expected(error: Exception) -> bool:
    """Return whether the error is one of the surroundings or the settings, which is no bug."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error

    from payouts.domain.statement import StatementUnavailableError

    expected = (StatementUnavailableError, ImproperlyConfigured, Error, OSError)
    return isinstance(error, expected)


def _compare(files: tuple[Path, ...]) -> "Iterator[Finding]":
    from payouts import bootstrap

    if not files:
        return bootstrap.reconcile_payouts()(statement=bootstrap.read_bank_statement())
    # The same file twice would report every booking twice.
    different = {path.resolve(): path for path in files}.values()
    read = map(bootstrap.read_statement_file, different)
    return bootstrap.reconcile_payouts()(statement=chain.from_iterable(read))
