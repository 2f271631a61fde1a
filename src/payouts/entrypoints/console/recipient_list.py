"""The list of recipients, and their search."""

from typing import Any, ClassVar

from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.http import HttpRequest
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from payouts.adapters.database.models import Recipient
from payouts.adapters.database.recipient_search import find_recipients
from payouts.domain.recipient import mask_account_number
from payouts.entrypoints.console.account_numbers import may_see_account_numbers
from payouts.entrypoints.console.keyset_list import KeysetChangeList
from payouts.entrypoints.console.model_admin import ModelAdmin

_PAGE_SIZE = 50


class RecipientList(ModelAdmin):
    """Shows recipients newest first, or those that the search finds, the best matches first."""

    change_list_template = "console/recipients/list.html"
    list_display: ClassVar = [
        "shown_name",
        "shown_account",
        "shown_state",
        "external_id",
        "shown_type",
        "country",
        "created_at",
    ]
    list_display_links: ClassVar = ["shown_name"]
    list_filter: ClassVar = ["is_active", "type"]
    list_per_page = _PAGE_SIZE
    list_select_related = False
    ordering: ClassVar = ["-created_at", "-id"]
    # In any order other than that of the indexes, PostgreSQL would sort all recipients.
    sortable_by: ClassVar[list[str]] = []
    search_fields: ClassVar = ["name"]  # shows the search box; get_search_results searches
    search_help_text = "Name, account, external id"
    show_facets: ClassVar[Any] = None  # never; Django 4.2 has no name for it
    show_full_result_count = False
    paginator = InfinitePaginator  # of the choices that other forms load

    def get_changelist(self, request: HttpRequest, **named: Any) -> type[ChangeList]:
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recipient], search_term: str
    ) -> tuple[QuerySet[Recipient], bool]:
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        found = find_recipients(
            text,
            limit=_PAGE_SIZE + 1,
            by_whole_account=may_see_account_numbers(request.user),
        )
        rank = Func(
            Value(found), F("pk"), function="array_position", output_field=BigIntegerField()
        )
        return queryset.filter(pk__in=found).order_by(rank), False

    @display(description="Name")
    def shown_name(self, recipient: Recipient) -> str:
        return recipient.name

    @display(description="Account")
    def shown_account(self, recipient: Recipient) -> str:
        """In a list nobody needs more than the end, whoever may see all of it."""
        return mask_account_number(recipient.account_number)

    @display(description="Type")
    def shown_type(self, recipient: Recipient) -> str:
        return recipient.type.capitalize()

    @display(description="State", label={"Active": "success", "Not active": "warning"})
    def shown_state(self, recipient: Recipient) -> str:
        return "Active" if recipient.is_active else "Not active"
