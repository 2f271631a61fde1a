"""The pages of users."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from payouts.domain.role import Role
from payouts.entrypoints.access import users
from payouts.entrypoints.console.access.permission import ForAccessManagers
from payouts.entrypoints.console.access.user_form import UserForm
from payouts.entrypoints.console.model_admin import ModelAdmin

admin.site.unregister(User)
# A role is a group, but one whose permissions migrations change.
admin.site.unregister(Group)

_WORKING: Q = Q(auth_token_set__expiry=None) | Q(auth_token_set__expiry__gt=Now())


class RoleFilter(admin.SimpleListFilter):
    title = parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role.value, role.value.capitalize()) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class UserPages(ForAccessManagers, ModelAdmin):
    """Users. Nobody changes its own role, or deactivates itself: another administrator does."""

    form = UserForm
    change_form_before_template = "console/access/own_user.html"
    list_display: ClassVar = [
        "username",
        "shown_role",
        "shown_state",
        "last_login",
        "shown_tokens",
    ]
    list_filter: ClassVar = [RoleFilter, "is_active"]
    search_fields: ClassVar = ["username"]
    search_help_text = "Username"
    ordering: ClassVar = ["username"]
    show_facets: ClassVar[Any] = None  # never; Django 4.2 has no name for it

    class Media:
        css: ClassVar = {"all": ["console/access.css"]}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_own = isinstance(obj, User) and obj.pk == request.user.pk
        return not is_own and super().has_change_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let nobody guess the hash of a password by filters."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request)
        return found.prefetch_related("groups").annotate(
            working_tokens=Count("auth_token_set", filter=_WORKING, distinct=True)
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if not obj:
            return ["username", "role", "new_password"]
        shown = ["last_login", "date_joined", "shown_tokens"]
        if not self.has_change_permission(request, obj):
            return ["username", "shown_role", "shown_state", *shown]
        return ["username", "role", "is_active", "new_password", *shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = ["shown_role", "shown_state", "shown_tokens", "last_login", "date_joined"]
        return ["username", *shown] if obj else shown

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "is_own_user": object_id == str(request.user.pk),
        }
        response: HttpResponse = super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )
        return response

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        assert isinstance(form, UserForm)
        actor = request.user.get_username()
        role, password = form.chosen_role, form.chosen_password
        if not change:
            assert role
            obj.pk = users.add(obj.username, role=role, password=password, actor=actor).pk
            return
        stored = User.objects.get(pk=obj.pk)  # the form has changed `obj` already
        users.change(stored, role=role, is_active=obj.is_active, password=password, actor=actor)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        self.message_user(request, f"{obj} was added.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        self.message_user(request, f"{obj} is saved.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))

    @display(description="Role")
    def shown_role(self, user: User) -> str:
        if user.is_superuser:
            return "Superuser"
        role = users.role_of(user)
        return role.value.capitalize() if role else "None"

    @display(description="State", label={"Active": "success", "Not active": "warning"})
    def shown_state(self, user: User) -> str:
        return "Active" if user.is_active else "Not active"

    @display(description="API tokens")
    def shown_tokens(self, user: Any) -> str:
        """Count those that have not expired, with a link to all of them."""
        address = reverse("admin:payouts_apitoken_changelist")
        return format_html(
            '<a class="text-primary-600 underline dark:text-primary-500"'
            ' href="{}?user__id__exact={}">{}<span class="sr-only"> API tokens of {}</span></a>',
            address,
            user.pk,
            user.working_tokens,
            user.username,
        )
