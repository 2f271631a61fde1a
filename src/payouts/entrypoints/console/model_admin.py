"""The base of all pages of the console."""

from typing import Any, ClassVar

import unfold.admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

# Django, psycopg and PostgreSQL raise these for NUL, and for numbers and years out of range.
_UNREADABLE = (DataError, OverflowError, ValueError)


class ModelAdmin(unfold.admin.ModelAdmin):
    """A ModelAdmin that refuses unreadable filters and ids, instead of failing."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Title the list by what it lists; Django's own is "Select payout to view"."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        response: HttpResponse = super().changelist_view(request, title | (extra_context or {}))
        return response

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Run the query of the list here, where Django expects that a filter is unreadable."""
        try:
            changes: ChangeList = super().get_changelist_instance(request)
            changes.result_list = list(changes.result_list)
        except _UNREADABLE as error:
            raise IncorrectLookupParameters from error
        return changes

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        found: tuple[models.QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term.replace("\0", "")
        )
        return found

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        try:
            found: models.Model | None = super().get_object(request, object_id, from_field)
        except _UNREADABLE:
            return None
        return found


class NeedsPermission:
    """Rows that users with `permission_to_view` may see."""

    permission_to_view: ClassVar[str]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self.permission_to_view)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission_to_view)


class ReadOnly(NeedsPermission):
    """Rows that the console shows; changes go through the use cases."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
