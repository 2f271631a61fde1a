"""Who sees the pages of users and tokens."""

from typing import Any

from django.http import HttpRequest

from payouts.domain.role import Permission
from payouts.entrypoints.console.model_admin import NeedsPermission


class ForAccessManagers(NeedsPermission):
    """Rows that only users who may manage access see and change. They are not deleted."""

    permission_to_view = Permission.MANAGE_ACCESS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Permission.MANAGE_ACCESS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Permission.MANAGE_ACCESS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Do nothing: the functions that write have logged it, as they do for commands."""

    log_change = log_addition
