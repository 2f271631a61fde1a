"""The pages of payouts, as Django's admin addresses them."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from payouts.adapters.database.models import Payout
from payouts.adapters.database.payout_search import PayoutSearch, find_payouts
from payouts.domain.role import Permission
from payouts.entrypoints.console.model_admin import ModelAdmin, ReadOnly
from payouts.entrypoints.console.new_payout.pages import NewPayoutPages
from payouts.entrypoints.console.payouts.action_list import ACTIONS
from payouts.entrypoints.console.payouts.action_page import show_action
from payouts.entrypoints.console.payouts.bulk_page import show_bulk
from payouts.entrypoints.console.payouts.detail_page import show_payout
from payouts.entrypoints.console.payouts.export.page import FORMATS, export_payouts
from payouts.entrypoints.console.payouts.list_page import show_list
from payouts.entrypoints.console.payouts.permissions import allowed

_MAX_FOUND = 5
_TEXT_LIMIT = 100


@admin.register(Payout)
class PayoutAdmin(NewPayoutPages, ReadOnly, ModelAdmin):
    """Payouts. There may be millions: none are counted, and every search uses an index."""

    permission_to_view = Permission.VIEW_PAYOUT
    search_fields: ClassVar = ["id"]  # Django asks whether there are any
    ordering: ClassVar = ["-created_at", "-id"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._ensure_may_view(request)
        return show_list(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self._ensure_may_view(request)
        return show_payout(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<str:object_id>/{action.name}/",
                self.admin_site.admin_view(partial(show_action, action=action)),
                name=action.page,
            )
            for action in ACTIONS
        ]
        bulk = path("bulk/", self.admin_site.admin_view(show_bulk), name="payouts_payout_bulk")
        exports = [
            path(
                f"export/{format_}/",
                self.admin_site.admin_view(partial(export_payouts, format_=format_)),
                name=f"payouts_payout_export_{format_}",
            )
            for format_ in FORMATS
        ]
        return [bulk, *exports, *own, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payout], search_term: str
    ) -> tuple[QuerySet[Payout], bool]:
        """Find what the search of the list finds, for the search of the frame."""
        text = search_term.replace("\0", "").strip()[:_TEXT_LIMIT]
        search = allowed(request, PayoutSearch(text=text))
        found = find_payouts(search, size=_MAX_FOUND, position=None)
        return queryset.filter(id__in=[payout.id for payout in found.page.rows]), False

    def _ensure_may_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
