"""How times, amounts and statuses of payouts are written."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format

from payouts.adapters.database.payout_search import PayoutRow
from payouts.domain.money import Money
from payouts.domain.status import PayoutStatus

# The type of unfold's label. Red is for what went wrong.
_LABELS = {
    PayoutStatus.NEW: "",
    PayoutStatus.PROCESSING: "info",
    PayoutStatus.COMPLETED: "success",
    PayoutStatus.FAILED: "danger",
}


def labels(payout: PayoutRow) -> list[tuple[str, str]]:
    """Return the texts of a payout's labels, and their types."""
    shown = [(payout.status.value.capitalize(), _LABELS[payout.status])]
    if payout.needs_review:
        shown.append(("Needs review", "warning"))
    if payout.returned_at:
        shown.append(("Returned", "warning"))
    if payout.deleted_at:
        shown.append(("Deleted", ""))
    return shown


def amount(money: Money) -> str:
    """Write all decimals of the currency, and thousands in groups: 1,234.50."""
    return f"{Decimal(money.text):,}"


def amount_with_currency(money: Money) -> str:
    return f"{amount(money)} {money.currency}"


def short_time(at: datetime, *, now: datetime) -> str:
    """Write the time of today, and the date of other days too, in the zone of the viewer."""
    here, today = timezone.localtime(at), timezone.localtime(now)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here:%-d %b %H:%M}" if here.year == today.year else f"{here:%-d %b %Y}"


def full_time(at: datetime) -> str:
    """Write date and time to the second, with the zone."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
