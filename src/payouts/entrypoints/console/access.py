"""The pages of users and their API tokens."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from payouts.adapters.database.models import ApiToken
from payouts.domain.role import Permission
from payouts.entrypoints.console.model_admin import ModelAdmin

admin.site.unregister(User)
# A role is a group, but one whose permissions migrations change.
admin.site.unregister(Group)


class ForAccessManagers:
    """Rows that only users who may manage access see and change."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Permission.MANAGE_ACCESS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Permission.MANAGE_ACCESS)

    has_add_permission = has_module_permission
    has_change_permission = has_delete_permission = has_view_permission


@admin.register(User)
class OurUserAdmin(ForAccessManagers, UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(ApiToken)
class TokenAdmin(ForAccessManagers, ModelAdmin):
    """API tokens. A new one is shown once, when it is created; deleting one revokes it."""

    list_display: ClassVar = ["token_key", "name", "user", "created", "last_used_at", "expiry"]
    fields: ClassVar = ["user", "name", "expiry"]
    autocomplete_fields: ClassVar = ["user"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        made, token = ApiToken.objects.create(user=obj.user, name=obj.name)
        ApiToken.objects.filter(pk=made.pk).update(expiry=obj.expiry)
        obj.pk = made.pk
        messages.warning(request, f"The token, which is shown only once: {token}")
