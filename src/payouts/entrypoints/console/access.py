"""The pages of users, their groups and their API tokens."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from knox.models import AuthToken
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from payouts.entrypoints.console.model_admin import ModelAdmin

admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.unregister(AuthToken)


@admin.register(User)
class OurUserAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class OurGroupAdmin(GroupAdmin, ModelAdmin):
    pass


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):
    """API tokens. A new one is shown once, when it is created; deleting one revokes it."""

    list_display: ClassVar = ["token_key", "user", "created"]
    fields: ClassVar = ["user"]
    autocomplete_fields: ClassVar = ["user"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AuthToken, form: Any, change: bool) -> None:
        made, token = AuthToken.objects.create(user=obj.user)
        obj.pk = made.pk
        messages.warning(request, f"The token, which is shown only once: {token}")
