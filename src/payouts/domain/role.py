"""Roles: what each kind of user may do."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Permission(StrEnum):
    """What a user may do. The values are names of Django's permissions."""

    VIEW_PAYOUT = "payouts.view_payout"
    VIEW_RECIPIENT = "payouts.view_recipient"
    VIEW_ACCOUNT_NUMBER = "payouts.view_account_number"
    VIEW_DELETED_PAYOUT = "payouts.view_deleted_payout"
    ADD_PAYOUT = "payouts.add_payout"
    ADD_RECIPIENT = "payouts.add_recipient"
    CHANGE_RECIPIENT = "payouts.change_recipient"
    CHANGE_PAYOUT = "payouts.change_payout"
    DELETE_PAYOUT = "payouts.delete_payout"
    MANAGE_WEBHOOKS = "payouts.manage_webhooks"
    MANAGE_ACCESS = "payouts.manage_access"

    @property
    def action(self) -> str:
        """Complete the sentence "A user may ..."."""
        return _ACTIONS[self]

    @property
    def roles(self) -> str:
        """Name the roles that have it: "client, operator or administrator"."""
        *others, last = [role.value for role in Role if self in role.permissions]
        return f"{', '.join(others)} or {last}" if others else last


class Role(StrEnum):
    """The role of a user. Each user has one; a superuser of Django's may do everything."""

    CLIENT = "client"
    INTEGRATOR = "integrator"
    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"

    @property
    def permissions(self) -> frozenset[Permission]:
        return PERMISSIONS[self]

    @property
    def uses_console(self) -> bool:
        return self in _CONSOLE_ROLES


_ACTIONS: Final[Mapping[Permission, str]] = MappingProxyType(
    {
        Permission.VIEW_PAYOUT: "see payouts and their history",
        Permission.VIEW_RECIPIENT: "see recipients",
        Permission.VIEW_ACCOUNT_NUMBER: "see whole account numbers, and search by them",
        Permission.VIEW_DELETED_PAYOUT: "see deleted payouts",
        Permission.ADD_PAYOUT: "create payouts",
        Permission.ADD_RECIPIENT: "add recipients",
        Permission.CHANGE_RECIPIENT: "change recipients",
        Permission.CHANGE_PAYOUT: "change the status of payouts, and resolve them",
        Permission.DELETE_PAYOUT: "delete payouts",
        Permission.MANAGE_WEBHOOKS: "manage webhooks",
        Permission.MANAGE_ACCESS: "manage users and tokens",
    }
)
_READ: Final = frozenset({Permission.VIEW_PAYOUT, Permission.VIEW_RECIPIENT})
_CLIENT: Final = _READ | {Permission.VIEW_ACCOUNT_NUMBER, Permission.ADD_PAYOUT}
_INTEGRATOR: Final = _CLIENT | {Permission.ADD_RECIPIENT, Permission.CHANGE_RECIPIENT}
_VIEWER: Final = _READ | {Permission.VIEW_DELETED_PAYOUT}
# The groups in the database hold the same; a change needs a migration.
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.CLIENT: _CLIENT,
        Role.INTEGRATOR: _INTEGRATOR,
        Role.VIEWER: _VIEWER,
        Role.OPERATOR: _INTEGRATOR | _VIEWER | {Permission.CHANGE_PAYOUT, Permission.DELETE_PAYOUT},
        Role.APPROVER: _VIEWER | {Permission.VIEW_ACCOUNT_NUMBER},
        Role.ADMINISTRATOR: frozenset(Permission),
    }
)
_CONSOLE_ROLES: Final = frozenset({Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR})
