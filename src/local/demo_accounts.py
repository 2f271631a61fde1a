"""The users of the demo. Runs in a child process, because `payouts up` itself loads no Django."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from local.directories import write_private

USER = "demo"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Credentials of the demo's users. Empty ones do not work."""

    user_token: str = ""
    operator_token: str = ""
    operator_password: str = ""

    @classmethod
    def read(cls, home: Path) -> "DemoAccounts":
        """Return what was stored, or empty credentials."""
        try:
            return cls(**json.loads(_file(home).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return cls()

    def write(self, home: Path) -> None:
        write_private(_file(home), json.dumps(asdict(self)))


def store_accounts() -> None:
    """Replace the stored credentials that do not work, for example in a new database."""
    import django

    django.setup()
    home = Path(os.environ["PAYOUTS_HOME"])
    stored = DemoAccounts.read(home)
    DemoAccounts(
        user_token=_working_token(stored.user_token, USER, "client"),
        operator_token=_working_token(stored.operator_token, OPERATOR, "operator"),
        operator_password=_working_password(stored.operator_password, OPERATOR),
    ).write(home)


def _working_token(token: str, username: str, role: str) -> str:
    from rest_framework.exceptions import AuthenticationFailed

    from payouts.domain.role import Role
    from payouts.entrypoints.access.tokens import issue_token
    from payouts.entrypoints.access.users import role_of
    from payouts.entrypoints.api.auth import find_token

    try:
        user = find_token(token).user
    except AuthenticationFailed:
        return issue_token(username, role=Role(role))
    works = user.username == username and role_of(user) == role
    return token if works else issue_token(username, role=Role(role))


def _working_password(password: str, username: str) -> str:
    from django.contrib.auth.models import User

    user = User.objects.get(username=username)
    if user.check_password(password):
        return password
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def _file(home: Path) -> Path:
    return home / "demo.json"
