"""The frame of the console: its titles, its navigation and its search."""

from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.core.paginator import Paginator
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.text import capfirst
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from payouts.entrypoints.console.access.roles import show_roles
from payouts.entrypoints.console.home.page import home_context
from payouts.entrypoints.console.navigation import allowed_links
from payouts.entrypoints.console.webhooks.urls import webhook_urls

log = structlog.get_logger("payouts")

_MAX_TERM = 100
_MAX_ROWS = 5
_ICONS = {"payout": "payments", "recipient": "group"}


class ConsoleSite(UnfoldAdminSite):
    """Django's admin, with the words of the product in place of those of its apps."""

    index_title = "Overview"
    index_template = "console/home/page.html"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the home page."""
        context = home_context(request) | (extra_context or {})
        response: TemplateResponse = super().index(request, context)
        return response

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path("roles/", self.admin_view(show_roles), name="roles"),
            path("webhooks/", include(webhook_urls(self.admin_view))),
        ]
        return own + list(super().get_urls())

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the overview: apps of Django are nothing that an operator knows."""
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Log that a user has changed its own password."""
        response: HttpResponse = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            name = request.user.get_username()
            log.info("user.changed", user=name, actor=name, password_changed=True)
        return response

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the search of the frame with pages, payouts and recipients; keep no results."""
        term = request.GET.get("s", "").replace("\0", "").strip()[:_MAX_TERM]
        if not term:
            return HttpResponse()
        page = Paginator([*self._pages(request, term), *self._rows(request, term)], 100).page(1)
        context = {"search_term": term, "page_obj": page.paginator, "results": page}
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html",
            context | {"page_counter": 0, "execution_time": 0.0},
            headers={"HX-Trigger": "search"},
        )

    def _pages(self, request: HttpRequest, term: str) -> list[SearchResult]:
        found = [link for link in allowed_links(request) if term.lower() in link.title.lower()]
        return [
            SearchResult(title=link.title, description="Page", link=link.address, icon=link.icon)
            for link in found
        ]

    def _rows(self, request: HttpRequest, term: str) -> list[SearchResult]:
        """Search as the list pages of payouts and recipients do, with the same permissions."""
        pages = [page for page in self._registry.values() if page.opts.model_name in _ICONS]
        return [
            SearchResult(
                title=str(row),
                description=capfirst(page.opts.verbose_name),
                link=reverse(
                    f"admin:{page.opts.app_label}_{page.opts.model_name}_change", args=[row.pk]
                ),
                icon=_ICONS[page.opts.model_name],
            )
            for page in pages
            if page.has_view_permission(request)
            for row in _found(page, request, term)
        ]


def environment_badge(request: HttpRequest) -> list[str]:
    """Return the text and the style of the badge that says whether money is real."""
    if settings.PAYOUTS_ENVIRONMENT == "sandbox":
        return ["Sandbox", "info"]
    return ["Live", "primary"]


def environment_title_prefix(request: HttpRequest) -> str:
    return "[Sandbox]" if settings.PAYOUTS_ENVIRONMENT == "sandbox" else ""


def _found(page: Any, request: HttpRequest, term: str) -> list[Any]:
    try:
        rows, _ = page.get_search_results(request, page.get_queryset(request), term)
        return list(rows[:_MAX_ROWS])
    except (DataError, FieldError, OverflowError, ValidationError, ValueError):
        return []
