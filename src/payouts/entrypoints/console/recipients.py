"""The pages of recipients."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from payouts.adapters.database.models import Recipient
from payouts.domain.role import Permission
from payouts.entrypoints.console.account_numbers import (
    check_account_number,
    may_see_account_numbers,
)
from payouts.entrypoints.console.model_admin import NeedsPermission
from payouts.entrypoints.console.recipient_activity import show_activity_form
from payouts.entrypoints.console.recipient_form import RecipientForm
from payouts.entrypoints.console.recipient_list import RecipientList
from payouts.entrypoints.console.recipient_page import (
    describe_open,
    newest_payouts,
    not_ended,
    page_context,
)


@admin.register(Recipient)
class RecipientAdmin(NeedsPermission, RecipientList):
    """Recipients. The use cases of the API write them, through the form."""

    permission_to_view = Permission.VIEW_RECIPIENT
    form = RecipientForm
    change_form_before_template = "console/recipients/open_payouts.html"
    change_form_outer_after_template = "console/recipients/below.html"
    actions_detail: ClassVar = ["new_payout", "deactivate", "activate"]

    class Media:
        css: ClassVar = {"all": ["console/recipients.css"]}
        js: ClassVar = ["console/account-check.js"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Permission.ADD_RECIPIENT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Permission.CHANGE_RECIPIENT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # recipients are deactivated, because their payouts stay

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Recipient | None:
        found = super().get_object(request, object_id, from_field)
        return found if isinstance(found, Recipient) else None

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(check_account_number)
        own = [path("check-account/", check, name="payouts_recipient_check_account")]
        return own + list(super().get_urls())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        is_masked = obj and not may_see_account_numbers(request.user)
        account = "shown_account" if is_masked else "account_number"
        is_form = not obj or self.has_change_permission(request, obj)
        type_ = "type" if is_form else "shown_type"
        names = [type_, "name", account, "bank_code", "country", "external_id"]
        if obj:
            names = ["shown_state", *names, "created_at", "updated_at"]
        return [*names, "seen_updated_at"] if is_form else names

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = ["shown_account", "shown_state", "shown_type", "created_at", "updated_at"]
        return [*shown, "external_id"] if obj else shown

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **named: Any
    ) -> type[RecipientForm]:
        form: type[RecipientForm] = super().get_form(request, obj, change, **named)
        form.actor = request.user.get_username()
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"show_save_and_add_another": False, "show_save_and_continue": False}
        recipient = self.get_object(request, unquote(object_id)) if object_id else None
        if recipient and self.has_view_permission(request, recipient):
            context |= page_context(request, recipient)
        response: HttpResponse = super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Do nothing: the form has written the recipient."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Do nothing: the recipient has a history of its own, which the API writes too."""

    log_change = log_addition

    def response_add(
        self, request: HttpRequest, obj: Recipient, post_url_continue: str | None = None
    ) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            response: HttpResponse = super().response_add(request, obj, post_url_continue)
            return response
        self.message_user(request, f"{obj} was added.", messages.SUCCESS)
        return _page_of(obj)

    def response_change(self, request: HttpRequest, obj: Recipient) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            response: HttpResponse = super().response_change(request, obj)
            return response
        self.message_user(request, f"{obj} is saved.", messages.SUCCESS)
        if open_payouts := not_ended(newest_payouts(obj)):
            self.message_user(request, describe_open(open_payouts), messages.WARNING)
        return _page_of(obj)

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Offer to activate or deactivate, which the recipient is not, and to pay the active."""
        recipient = self.get_object(request, unquote(str(object_id)))
        is_active = recipient and recipient.is_active
        hidden = ("_activate",) if is_active else ("_deactivate", "_new_payout")
        offered = super().get_actions_detail(request, object_id)
        return [each for each in offered if not each.action_name.endswith(hidden)]

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(Permission.ADD_PAYOUT)

    @action(description="New payout", icon="add_card", permissions=["pay"])
    def new_payout(self, request: HttpRequest, object_id: str) -> HttpResponse:
        address = reverse("admin:payouts_payout_new")
        return HttpResponseRedirect(f"{address}?{urlencode({'recipient': object_id})}")

    @action(description="Deactivate", icon="person_off", permissions=["change"])
    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return show_activity_form(self, request, object_id, is_active=False)

    @action(description="Activate", icon="person_check", permissions=["change"])
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return show_activity_form(self, request, object_id, is_active=True)


def _page_of(recipient: Recipient) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:payouts_recipient_change", args=[recipient.pk]))
