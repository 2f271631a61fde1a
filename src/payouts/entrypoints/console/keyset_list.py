"""Lists of the console whose pages cost the same however deep they are.

A page starts after a row, as in the API; the parameter of the page has the API's cursor.
"""

from operator import itemgetter
from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.core.paginator import Paginator
from django.db.models import BooleanField, F, Func, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import HttpRequest
from rest_framework.serializers import ValidationError
from unfold.views import ChangeList

from payouts.adapters.database.keyset import NEWEST_FIRST
from payouts.application.read_models import Page, Position
from payouts.entrypoints.api.pagination import decode_cursor, encode_cursor


class _Row(Func):
    """Values that PostgreSQL compares together, one after the other."""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # of the comparison: a row itself has no type in Django


class KeysetChangeList(ChangeList):
    """A list of rows with `created_at`, newest first, which nobody counts.

    A search gives one page, in its own order. `is_cut` says that it found more than that.
    """

    next_url: str | None = None
    previous_url: str | None = None
    first_url: str | None = None
    is_cut = False

    def get_results(self, request: HttpRequest) -> None:
        page = self._found() if self.query else self._page(_position(request))
        self.result_list = list(page.rows)
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(self.result_list, self.list_per_page)

    def _found(self) -> Page[Any]:
        rows = list(self.queryset[: self.list_per_page + 1])
        self.is_cut = len(rows) > self.list_per_page
        return Page(rows[: self.list_per_page], next=None, previous=None)

    def _page(self, position: Position | None) -> Page[Any]:
        is_backwards = position is not None and position.newer
        queryset = self.queryset.order_by(*_ORDERS[is_backwards])
        if position:
            queryset = queryset.filter(_condition(position))
        rows = [
            {"created_at": row.created_at, "id": row.pk, "row": row}
            for row in queryset[: self.list_per_page + 1]
        ]
        page = NEWEST_FIRST.to_page(
            rows, itemgetter("row"), size=self.list_per_page, position=position
        )
        self.next_url, self.previous_url = self._url(page.next), self._url(page.previous)
        self.first_url = self.get_query_string(remove=[PAGE_VAR]) if position else None
        return page

    def _url(self, position: Position | None) -> str | None:
        return self.get_query_string({PAGE_VAR: encode_cursor(position)}) if position else None


_ORDERS = {False: ("-created_at", "-id"), True: ("created_at", "id")}


def _condition(position: Position) -> LessThan | GreaterThan:
    comparison = GreaterThan if position.newer else LessThan
    start = _Row(Value(position.created_at), Value(position.id))
    return comparison(_Row(F("created_at"), F("id")), start)


def _position(request: HttpRequest) -> Position | None:
    """Return where the page starts; what is no cursor is the first page."""
    try:
        return decode_cursor(request.GET.get(PAGE_VAR, ""))
    except ValidationError:
        return None
