"""The users of the demonstration, made in a process of its own: `payouts up` loads no Django."""

import json
import secrets

import click

from payouts.entrypoints.cli.environment import local_environment

USER = "demo"
OPERATOR = "operator"


@click.command("demo-accounts", hidden=True)
def demo_accounts() -> None:
    """Print new tokens for the user and the operator, and a new console password, as JSON."""
    with local_environment():
        import django

        django.setup()
        from payouts.entrypoints.api.tokens import issue_token

        accounts = {
            USER: issue_token(USER, staff=False),
            OPERATOR: issue_token(OPERATOR, staff=True),
            "password": _open_console(OPERATOR),
        }
    click.echo(json.dumps(accounts))


def _open_console(username: str) -> str:
    """Let the user do everything in the console; return the new password."""
    from django.contrib.auth.models import User

    password = secrets.token_urlsafe(12)
    user = User.objects.get(username=username)
    user.is_superuser = True
    user.set_password(password)
    user.save(update_fields=["is_superuser", "password"])
    return password
