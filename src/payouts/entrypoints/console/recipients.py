"""The pages of recipients."""

from typing import Any, ClassVar

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from payouts.adapters.database.models import Recipient
from payouts.domain.role import Permission
from payouts.entrypoints.console.model_admin import ModelAdmin, NeedsPermission
from payouts.entrypoints.console.recipient_form import RecipientForm


@admin.register(Recipient)
class RecipientAdmin(NeedsPermission, ModelAdmin):
    permission_to_view = Permission.VIEW_RECIPIENT
    form = RecipientForm
    list_display: ClassVar = ["id", "name", "type", "country", "is_active", "created_at"]
    list_display_links: ClassVar = ["id", "name"]
    list_filter: ClassVar = ["is_active", "type"]
    search_fields: ClassVar = ["name", "=account_number", "=external_id"]
    ordering: ClassVar = ["-created_at", "-id"]
    readonly_fields: ClassVar = ["created_at", "updated_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *(["external_id"] if obj else [])]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **named: Any
    ) -> type[RecipientForm]:
        form: type[RecipientForm] = super().get_form(request, obj, change, **named)
        form.actor = request.user.get_username()
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Do nothing: the form has written the recipient."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Do nothing: the recipient has a history of its own, which the API writes too."""

    log_change = log_addition

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Permission.ADD_RECIPIENT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Permission.CHANGE_RECIPIENT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # recipients are deactivated, because their payouts stay
