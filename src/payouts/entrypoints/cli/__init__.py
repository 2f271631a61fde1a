"""The `payouts` command, one file per command. May import bootstrap inside a command.

Importing this package imports neither Django nor Celery, so that `payouts --help` is quick. Other
packages add commands by the entry points `payouts.commands`.
"""

import importlib
import os
import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NoReturn, override

import click

PROGRAM = "payouts"
SETTINGS_MODULE = "config.settings"
ADDED_COMMANDS = "payouts.commands"
# The directory with this package, `config` and `local`.
PACKAGES = Path(__file__).parents[3]
# Command -> module and attribute, in the order in which `payouts --help` lists them.
COMMANDS = {
    "token": "token:token",
    "tokens": "token:tokens",
    "user": "user:user",
    "web": "processes:web",
    "worker": "processes:worker",
    "beat": "processes:beat",
    "migrate": "processes:migrate",
    "check-settings": "processes:check_settings",
    "drain": "drain:drain",
    "reconcile": "reconcile:reconcile",
}


class Commands(click.Group):
    """Imports a command when it is used, and reports expected errors in one line."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *_added_commands()]

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, attribute = COMMANDS[cmd_name].split(":")
            command = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        elif point := _added_commands().get(cmd_name):
            command = point.load()
        else:
            return None
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a click command")
        return command

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            point = _added_commands().get(ctx.invoked_subcommand or "")
            package = point.module.split(".")[0] if point else None
            if package is None or (error.name or "").startswith((package, PROGRAM)):
                raise
            extra = package.replace("_", "-")
            message = f"no package {error.name} here: install {PROGRAM}[{extra}]"
            raise click.ClickException(message) from error

    @override
    def main(self, *args: Any, **options: Any) -> NoReturn:
        # Before any package of the same name that PYTHONPATH or the working directory provides.
        sys.path.insert(0, str(PACKAGES))
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
            message = _expected(error)
            if message is None:
                raise
            _fail(message, 1)
        sys.exit(status if isinstance(status, int) else 0)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=PROGRAM)
def main() -> None:
    """Pay people: each payout is accepted once, sent once and brought to an end."""
    # Replaces the module of another Django project, which a shell may have set.
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE


@cache
def _added_commands() -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=ADDED_COMMANDS))}


def _fail(message: str, status: int) -> NoReturn:
    first_line = message.strip().split("\n")[0]
    click.echo(f"{PROGRAM}: {first_line}", err=True)
    sys.exit(status)


def _expected(error: Exception) -> str | None:
    """Return the message for an error of the machine or its configuration, or None for a bug."""
    # Looked up, not imported: an exception of a module that was not imported was not raised.
    django = sys.modules.get("django.core.exceptions")
    database = sys.modules.get("django.db.utils")
    if django and isinstance(error, django.ImproperlyConfigured):
        return str(error)
    return _database_message(error) if database and isinstance(error, database.Error) else None


def _database_message(error: Exception) -> str | None:
    from payouts import bootstrap

    reason = bootstrap.reason_unavailable(error)
    if reason == "not_migrated":
        return "The database's tables are missing or old. Run `payouts migrate`."
    first_line = str(error).strip().split("\n")[0]
    return f"The database cannot serve ({reason}): {first_line}" if reason else None
