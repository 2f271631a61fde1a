"""The backend that Django asks for a user and for its permissions."""

from typing import Any

from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """Take a user's permissions from its role alone, which is a group of Django's.

    Whoever has read them already leaves them in `user.role_permissions`, and no query is needed.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active:
            return set()
        known: set[str] | None = getattr(user_obj, "role_permissions", None)
        return self.get_group_permissions(user_obj, obj) if known is None else known
