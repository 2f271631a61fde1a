"""The commands that this package adds to `payouts`.

They import what they need when they run, so that `payouts --help` is quick and needs no extra.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from local.errors import LocalError

PORTS = click.IntRange(1, 65535)


@click.command()
@click.option(
    "--port", envvar="PORT", show_envvar=True, type=PORTS, default=8000, show_default=True
)
@click.option("--demo", is_flag=True, help="Add recipients and users, and show a first payout.")
def up(port: int, *, demo: bool) -> None:
    """Run the whole service on this machine.

    Ctrl-C ends it; the data stays. HOST names the address to listen on (127.0.0.1).
    """
    from local.up import run

    with _machine_errors():
        run(port=port, with_demo=demo)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print whole messages, one per line.")
def listen(*, as_json: bool) -> None:
    """Show the webhooks of the service that runs on this machine, until Ctrl-C."""
    from local.listen import run

    with _machine_errors():
        run(as_json=as_json)


@click.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(command: tuple[str, ...]) -> int:
    """Run COMMAND with the stores up and the environment set.

    The exit code is that of COMMAND.
    """
    from local.run_command import run_command

    with _machine_errors():
        return run_command(command)


@click.command("demo-accounts", hidden=True)
def demo_accounts() -> None:
    """Make the users of the demo, unless they exist, and store their tokens in PAYOUTS_HOME."""
    from local.demo_accounts import store_accounts

    store_accounts()


@contextmanager
def _machine_errors() -> Iterator[None]:
    """Report a full disk, a missing permission or a deleted directory in one line."""
    try:
        yield
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise LocalError(f"{place}{error.strerror or error}") from error
