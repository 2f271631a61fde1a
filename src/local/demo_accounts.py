"""The users of the demo. Runs in a child process, because `payouts up` itself loads no Django."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from local.directories import write_private

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# User names. Each has the role of its name; the client is named demo.
CLIENT: Final = "demo"
INTEGRATOR: Final = "integrator"
OPERATOR: Final = "operator"
ADMINISTRATOR: Final = "administrator"
OTHERS_OF_THE_CONSOLE: Final = ("viewer", "approver", ADMINISTRATOR)
_OF_THE_CONSOLE: Final = (OPERATOR, *OTHERS_OF_THE_CONSOLE)
_WITH_TOKEN: Final = (CLIENT, INTEGRATOR, OPERATOR, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Credentials of the demo's users. The users of the console have one password."""

    tokens: dict[str, str] = field(default_factory=dict)
    password: str = ""

    @classmethod
    def read(cls, home: Path) -> "DemoAccounts":
        """Return what was stored, or nothing."""
        try:
            return cls(**json.loads(_file(home).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return cls()

    def write(self, home: Path) -> None:
        write_private(_file(home), json.dumps(asdict(self)))


def store_accounts() -> None:
    """Make the users, and replace the stored credentials that do not work, if any."""
    import django

    django.setup()
    home = Path(os.environ["PAYOUTS_HOME"])
    stored = DemoAccounts.read(home)
    users = {name: _ensure_user(name) for name in (*_WITH_TOKEN, *OTHERS_OF_THE_CONSOLE)}
    DemoAccounts(
        tokens={
            name: _working_token(stored.tokens.get(name, ""), users[name]) for name in _WITH_TOKEN
        },
        password=_working_password(stored.password, [users[name] for name in _OF_THE_CONSOLE]),
    ).write(home)


def _ensure_user(name: str) -> "User":
    from payouts.domain.role import Role
    from payouts.entrypoints.access import users

    role = Role.CLIENT if name == CLIENT else Role(name)
    user = users.ensure_user(name, role=role, actor=users.COMMAND_LINE)
    users.change(user, is_active=True, actor=users.COMMAND_LINE)
    return user


def _working_token(token: str, user: "User") -> str:
    from rest_framework.exceptions import AuthenticationFailed

    from payouts.entrypoints.access.tokens import issue
    from payouts.entrypoints.access.users import COMMAND_LINE
    from payouts.entrypoints.api.auth import find_token

    try:
        if find_token(token).user == user:
            return token
    except AuthenticationFailed:
        pass
    return issue(user, name="payouts up --demo", expires_in=None, actor=COMMAND_LINE)[1]


def _working_password(password: str, users: "list[User]") -> str:
    """Return the password if all users have it; if not, give them all another one.

    They have the same hash of it, because each hash takes a good part of a second to compute.
    """
    from django.contrib.auth.hashers import check_password, make_password
    from django.contrib.auth.models import User

    [first, *others] = {user.password for user in users}
    if not others and check_password(password, first):
        return password
    password = secrets.token_urlsafe(12)
    names = [user.username for user in users]
    User.objects.filter(username__in=names).update(password=make_password(password))
    return password


def _file(home: Path) -> Path:
    return home / "demo.json"
