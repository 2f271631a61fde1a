"""The pages of payouts."""

import re
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from payouts.adapters.database.models import Event, Payout
from payouts.domain.money import Currency, Money
from payouts.domain.role import Permission
from payouts.entrypoints.console.model_admin import ModelAdmin, ReadOnly


class EventInline(ReadOnly, TabularInline):
    permission_to_view = Permission.VIEW_PAYOUT
    model = Event
    fields: ClassVar = ["at", "type", "actor", "from_status", "to_status", "attempt", "reason"]
    ordering: ClassVar = ["id"]
    extra = 0
    verbose_name_plural = "History"


class CurrencyFilter(admin.SimpleListFilter):
    """Offers the currencies of the settings: finding those in use would read all payouts."""

    title = parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, code) for code in sorted(settings.PAYOUTS_CURRENCIES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


class ReturnedFilter(admin.SimpleListFilter):
    """Offer the payouts that the bank sent back after COMPLETED, and the others."""

    title = parameter_name = "returned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("true", "Yes"), ("false", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        if self.value() not in {"true", "false"}:
            return queryset
        return queryset.filter(returned_at__isnull=self.value() == "false")


@admin.register(Payout)
class PayoutAdmin(ReadOnly, ModelAdmin):
    """Payouts, not counted because there may be millions; filters and searches use indexes."""

    permission_to_view = Permission.VIEW_PAYOUT
    list_display: ClassVar = [
        "id",
        "shown_status",
        "money",
        "recipient_name_snapshot",
        "created_at",
        "attempt",
        "shown_review",
        "returned_at",
        "shown_deletion",
    ]
    list_display_links: ClassVar = ["id", "money"]
    list_filter: ClassVar = ["status", "needs_review", ReturnedFilter, CurrencyFilter, "created_at"]
    search_fields: ClassVar = ["id", "reference", "idempotency_key"]
    search_help_text = "Id, reference or idempotency key"
    ordering: ClassVar = ["-created_at", "-id"]
    # In any order other than that of the indexes, PostgreSQL would sort all payouts.
    sortable_by: ClassVar[list[str]] = []
    inlines: ClassVar = [EventInline]
    list_select_related = False
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets: ClassVar[Any] = None  # never; Django 4.2 has no name for it
    fieldsets: ClassVar = [
        (None, {"fields": ["shown_status", "money", "failure_code", "failure_reason"]}),
        (
            "Recipient, as it was when the payout was created",
            {
                "fields": [
                    "recipient",
                    "recipient_name_snapshot",
                    "account_number_snapshot",
                    "bank_code_snapshot",
                ]
            },
        ),
        (
            "Identity",
            {
                "fields": [
                    "reference",
                    "idempotency_key",
                    "created_at",
                    "updated_at",
                    "completed_at",
                    "returned_at",
                    "deleted_at",
                ]
            },
        ),
        (
            "At the bank",
            {
                "fields": [
                    "attempt",
                    "open_attempts",
                    "deferral",
                    "shown_review",
                    "next_attempt_at",
                    "lease_expires_at",
                ]
            },
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payout], search_term: str
    ) -> tuple[QuerySet[Payout], bool]:
        """Match the whole id, reference or idempotency key; each has a unique index."""
        wanted = search_term.strip().replace("\0", "")
        if not wanted:
            return queryset, False
        matches = Q(reference=wanted.lower()) | Q(idempotency_key=wanted)
        if re.fullmatch("[0-9]{1,18}", wanted):
            matches |= Q(id=int(wanted))
        return queryset.filter(matches), False

    @display(
        description="Status",
        label={
            "NEW": "info",
            "PROCESSING": "warning",
            "COMPLETED": "success",
            "FAILED": "danger",
        },
    )
    def shown_status(self, payout: Payout) -> str:
        return payout.status

    @display(description="Needs review", label="warning", empty_value="")
    def shown_review(self, payout: Payout) -> str | None:
        return "REVIEW" if payout.needs_review else None

    @display(description="Deleted", label="danger", empty_value="")
    def shown_deletion(self, payout: Payout) -> str | None:
        return "DELETED" if payout.deleted_at else None

    @display(description="Amount")
    def money(self, payout: Payout) -> str:
        return str(Money(payout.amount, Currency(payout.currency, payout.minor_units)))
