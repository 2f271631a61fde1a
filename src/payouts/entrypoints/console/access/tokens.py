"""The pages of API tokens."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from payouts.adapters.database.models import ApiToken
from payouts.entrypoints.access import tokens
from payouts.entrypoints.api.auth import TOKEN_CACHE_SECONDS
from payouts.entrypoints.console.access.permission import ForAccessManagers
from payouts.entrypoints.console.access.token_form import TokenForm
from payouts.entrypoints.console.model_admin import ModelAdmin


@admin.register(ApiToken)
class TokenPages(ForAccessManagers, ModelAdmin):
    """API tokens. A new one is shown once. None is changed: it is revoked."""

    form = TokenForm
    fields: ClassVar = ["user", "name", "expires", "form_id"]
    list_display: ClassVar = [
        "shown_name",
        "user",
        "shown_key",
        "created",
        "shown_last_use",
        "shown_expiry",
        "revoke_link",
    ]
    list_display_links = None
    list_select_related: ClassVar = ["user"]
    search_fields: ClassVar = ["name", "user__username"]
    search_help_text = "Name, user"
    ordering: ClassVar = ["-created"]
    show_add_link = False
    list_before_template = "console/access/issue_link.html"
    actions_detail: ClassVar = ["revoke"]

    class Media:
        css: ClassVar = {"all": ["console/access.css"]}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if not obj:
            return list(self.fields)
        return ["shown_name", "user", "shown_key", "created", "shown_last_use", "shown_expiry"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj) if obj else []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **named: Any
    ) -> type[TokenForm]:
        form: type[TokenForm] = super().get_form(request, obj, change, **named)
        form.request = request
        return form

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {"title": "Issue a token"} | (extra_context or {})
        response: HttpResponse = super().add_view(request, form_url, context)
        return response

    def save_model(
        self, request: HttpRequest, obj: ApiToken, form: ModelForm, change: bool
    ) -> None:
        assert isinstance(form, TokenForm)
        row, token = tokens.issue(
            obj.user,
            name=obj.name,
            expires_in=form.expires_in,
            actor=request.user.get_username(),
        )
        obj.pk, obj.expiry = row.pk, row.expiry
        request.issued_token = token  # type: ignore[attr-defined]  # for the response

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token in the response itself, so that it is stored nowhere."""
        context = {
            "title": "The new token",
            "opts": self.opts,
            "token": request.issued_token,  # type: ignore[attr-defined]
            "row": obj,
        }
        return TemplateResponse(
            request,
            "console/access/issued_token.html",
            self.admin_site.each_context(request) | context,
        )

    @action(description="Revoke", icon="block", permissions=["view"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and on POST end the token."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        address = reverse("admin:payouts_apitoken_changelist")
        token = self.get_object(request, unquote(object_id))
        if not isinstance(token, ApiToken):
            messages.info(request, "There is no such token. Somebody may have revoked it already.")
            return HttpResponseRedirect(address)
        if request.method == "POST":
            tokens.revoke(token, actor=request.user.get_username())
            messages.success(request, f"The token {_describe(token)} is revoked.")
            return HttpResponseRedirect(address)
        context = {
            "title": "Revoke a token",
            "opts": self.opts,
            "row": token,
            "described": _describe(token),
            "list_url": address,
            "seconds": TOKEN_CACHE_SECONDS,
        }
        return TemplateResponse(
            request,
            "console/access/revoke_token.html",
            self.admin_site.each_context(request) | context,
        )

    @display(description="Name", ordering="name")
    def shown_name(self, token: ApiToken) -> str:
        return token.name or "(no name)"

    @display(description="Key", ordering="token_key")
    def shown_key(self, token: ApiToken) -> str:
        """Return what the token starts with."""
        return f"{token.token_key}…"

    @display(description="Last used", ordering="last_used_at")
    def shown_last_use(self, token: ApiToken) -> Any:
        return token.last_used_at or "Never"

    @display(description="Expires", ordering="expiry")
    def shown_expiry(self, token: ApiToken) -> Any:
        if token.expiry and token.expiry <= timezone.now():
            return "Expired"
        return token.expiry or "Never"

    @display(description="Revoke")
    def revoke_link(self, token: ApiToken) -> str:
        return format_html(
            '<a class="text-primary-600 underline dark:text-primary-500" href="{}">Revoke'
            '<span class="sr-only"> {}</span></a>',
            reverse("admin:payouts_apitoken_revoke", args=[token.pk]),
            _describe(token),
        )


def _describe(token: ApiToken) -> str:
    return f"{token.name or token.token_key} of {token.user}"
