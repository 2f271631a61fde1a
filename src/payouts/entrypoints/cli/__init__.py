"""The `payouts` command, one file per verb. May import devstack, and bootstrap inside a command.

Importing it imports neither Django nor Celery: `payouts --help` has to answer at once.
"""

import importlib
import sys
from typing import Any, NoReturn, override

import click

from devstack.errors import DevstackError

PROGRAM = "payouts"
# Verb -> where its click command is. In the order in which `payouts --help` lists them.
VERBS = {
    "up": "up:up",
    "token": "token:token",
    "web": "processes:web",
    "worker": "processes:worker",
    "beat": "processes:beat",
    "bank": "processes:bank",
    "migrate": "processes:migrate",
    "drain": "drain:drain",
    "reconcile": "reconcile:reconcile",
    "exec": "run_command:run_command",
    "demo-accounts": "demo_accounts:demo_accounts",
}


class Verbs(click.Group):
    """Imports a verb when it is asked for, and says in one line why one failed."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, attribute = VERBS[cmd_name].split(":")
        command = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{VERBS[cmd_name]} is no command")
        return command

    @override
    def main(self, *args: Any, **options: Any) -> NoReturn:
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            _fail(error.format_message(), error.exit_code)
        except click.Abort:
            sys.exit(130)
        except Exception as error:
            if not _is_expected(error):
                raise
            _fail(str(error), 1)
        sys.exit(status if isinstance(status, int) else 0)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=PROGRAM)
def main() -> None:
    """Pay people: each payout is accepted once, sent once and brought to an end."""


def _fail(message: str, status: int) -> NoReturn:
    first_line = message.strip().split("\n")[0]
    click.echo(f"{PROGRAM}: {first_line}", err=True)
    sys.exit(status)


def _is_expected(error: Exception) -> bool:
    """Tell errors of the machine or its configuration, which need no traceback."""
    # Looked up, not imported: what was never imported was not raised.
    django = sys.modules.get("django.core.exceptions")
    database = sys.modules.get("django.db.utils")
    kinds: list[type[Exception]] = [DevstackError]
    kinds += [django.ImproperlyConfigured] if django else []
    kinds += [database.OperationalError] if database else []
    return isinstance(error, tuple(kinds))
