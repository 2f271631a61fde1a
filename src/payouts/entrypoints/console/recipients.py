"""The pages of recipients."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from payouts.adapters.database.models import Recipient
from payouts.domain.country import parse_country
from payouts.domain.errors import InvalidValueError
from payouts.domain.recipient import (
    BANK_CODE_LIMIT,
    NAME_LIMIT,
    AccountNumber,
    parse_external_id,
)
from payouts.domain.role import Permission
from payouts.domain.text import parse_line
from payouts.entrypoints.console.model_admin import ModelAdmin, NeedsPermission


class RecipientForm(forms.ModelForm):
    class Meta:
        model = Recipient
        fields: ClassVar = [
            "external_id",
            "type",
            "name",
            "account_number",
            "bank_code",
            "country",
            "is_active",
        ]

    def clean_external_id(self) -> str:
        return self._accept("external_id", parse_external_id)

    def clean_name(self) -> str:
        return self._accept("name", partial(parse_line, limit=NAME_LIMIT))

    def clean_account_number(self) -> str:
        return self._accept("account_number", lambda text: AccountNumber.parse(text).value)

    def clean_bank_code(self) -> str:
        return self._accept("bank_code", partial(parse_line, limit=BANK_CODE_LIMIT))

    def clean_country(self) -> str:
        return self._accept("country", parse_country)

    def _accept(self, field: str, parse: Callable[[str], str]) -> str:
        """Let the domain parse the input, as the API does."""
        text = self.cleaned_data[field]
        try:
            return parse(text) if text else ""
        except InvalidValueError as error:
            raise ValidationError(str(error), code=error.code) from error


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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Permission.ADD_RECIPIENT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Permission.CHANGE_RECIPIENT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # recipients are deactivated, because their payouts stay
