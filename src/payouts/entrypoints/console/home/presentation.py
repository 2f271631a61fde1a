"""The numbers of the home page as the template shows them. Days are days in UTC."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest

from payouts.adapters.database.overview import COUNT_LIMIT, CurrentState
from payouts.application.read_models import DailyTotal
from payouts.domain.money import Currency
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.console import navigation
from payouts.entrypoints.console.home.numbers import DAYS, HomeNumbers

_PERIODS_DAYS: Final = (1, 7, DAYS)
_CLASSES: Final = ("1 s", "10 s", "1 min", "10 min", "1 h", "1 day", "longer")
# In place of django-unfold's, which draws bars over each other and counts in halves.
_CHART_OPTIONS: Final = json.dumps(
    {
        "animation": False,
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {"stacked": True, "grid": {"display": False}, "ticks": {"color": "#6b7280"}},
            "y": {"stacked": True, "grid": {}, "ticks": {"color": "#6b7280", "precision": 0}},
        },
    }
)
_MINUTE_SECONDS = 60
_HOUR_SECONDS = 3_600
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Card:
    """A reason to act: how many payouts, where they are listed, and what it means."""

    title: str
    count: str
    address: str
    explanation: str
    is_zero: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as Chart.js takes it, and its values for those who do not see it."""

    data: str
    options: str
    headers: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def cards(numbers: HomeNumbers) -> list[Card]:
    state = numbers.state
    return [
        _card(
            navigation.NEEDS_REVIEW,
            state.needs_review,
            "The bank gave no clear answer. Look the payout up there, then resolve it.",
        ),
        _card(
            navigation.OVERDUE,
            state.overdue,
            "A worker should have taken them more than 5 minutes ago.",
        ),
        _card(
            navigation.FAILED_TODAY,
            _failed_today(numbers),
            "No money has moved. Each payout says why it failed.",
        ),
        _card(
            navigation.NOT_AUTHORISED,
            state.not_authorised,
            "The bank refuses our credentials. These payouts wait for the right ones.",
        ),
    ]


def is_calm(numbers: HomeNumbers) -> bool:
    return all(card.is_zero for card in cards(numbers))


def oldest(state: CurrentState) -> dict[str, Any] | None:
    """Return the payout that has waited longest for a worker, and for how long."""
    if state.oldest_id is None or state.oldest_due_at is None:
        return None
    return {
        "id": state.oldest_id,
        "since": state.oldest_due_at,
        "duration": duration((state.read_at - state.oldest_due_at).total_seconds()),
    }


def money(numbers: HomeNumbers) -> list[dict[str, Any]]:
    """Return what was paid today, in 7 days and in 30, for each currency."""
    paid = [total for total in numbers.totals if total.status == PayoutStatus.COMPLETED]
    currencies = sorted({total.currency for total in paid})
    return [
        {
            "currency": code,
            "amounts": [
                _amount(_sum(paid, code, since=_day(numbers) - timedelta(days=days - 1)), code)
                for days in _PERIODS_DAYS
            ],
        }
        for code in currencies
    ]


def statuses(numbers: HomeNumbers) -> list[dict[str, Any]]:
    found: Counter[PayoutStatus] = Counter()
    for each in numbers.counts:
        found[each.status] += each.count
    return [
        {
            "name": status.value.capitalize(),
            "count": f"{found[status]:,}",
            "address": navigation.with_status(status).address,
            "percent": _percent(found[status], found.total()),
        }
        for status in PayoutStatus
    ]


def success(numbers: HomeNumbers) -> dict[str, Any] | None:
    """Return the share of COMPLETED among the payouts that ended; None if none has."""
    completed = _count(numbers.totals, PayoutStatus.COMPLETED)
    ended = completed + _count(numbers.totals, PayoutStatus.FAILED)
    return {"percent": _percent(completed, ended), "ended": f"{ended:,}"} if ended else None


def volume(numbers: HomeNumbers) -> Chart:
    """Chart the payouts that were completed and that failed, per day."""
    days = [_day(numbers) - timedelta(days=DAYS - 1 - index) for index in range(DAYS)]
    completed, failed = (
        [_count(numbers.totals, status, on=day) for day in days]
        for status in (PayoutStatus.COMPLETED, PayoutStatus.FAILED)
    )
    labels = [f"{day.day} {day:%b}" for day in days]
    return _chart(
        ("Day", labels),
        ("Completed", completed, "var(--color-primary-600)"),
        ("Failed", failed, "var(--color-orange-500)"),
    )


def times(numbers: HomeNumbers) -> dict[str, Any] | None:
    """Describe how long the payouts that were completed last have taken; None without any."""
    found = numbers.times
    if found is None:
        return None
    return {
        "count": f"{found.count:,}",
        "median": duration(found.median_seconds),
        "p95": duration(found.p95_seconds),
        "chart": _chart(
            ("Within", list(_CLASSES)), ("Payouts", found.classes, "var(--color-primary-600)")
        ),
    }


def first_steps(request: HttpRequest, state: CurrentState) -> list[dict[str, str]]:
    """Return what to do first while there are no payouts, as far as the user may."""
    if state.has_payouts:
        return []
    steps = [navigation.NEW_PAYOUT if state.has_recipients else navigation.ADD_RECIPIENT]
    allowed = [link for link in (*steps, navigation.API_DOCS) if link.is_allowed(request)]
    return [{"title": link.title, "address": link.address, "icon": link.icon} for link in allowed]


def duration(seconds: float) -> str:
    """Write a time with as many digits as a person needs: 0.3 s, 42 s, 5 min, 3.2 h, 12 days."""
    if seconds < _MINUTE_SECONDS:
        return f"{seconds:.2g} s"
    if seconds < _HOUR_SECONDS:
        return f"{seconds / _MINUTE_SECONDS:.0f} min"
    if seconds < 2 * _DAY_SECONDS:
        return f"{seconds / _HOUR_SECONDS:.1f} h"
    return f"{seconds / _DAY_SECONDS:.0f} days"


def _card(link: navigation.Link, count: int, explanation: str) -> Card:
    shown = f"{COUNT_LIMIT:,}+" if count > COUNT_LIMIT else f"{count:,}"
    return Card(link.title, shown, link.address, explanation, is_zero=not count)


def _failed_today(numbers: HomeNumbers) -> int:
    return _count(numbers.totals, PayoutStatus.FAILED, on=_day(numbers))


def _day(numbers: HomeNumbers) -> date:
    return numbers.state.read_at.astimezone(UTC).date()


def _count(totals: Iterable[DailyTotal], status: PayoutStatus, *, on: date | None = None) -> int:
    return sum(
        total.count for total in totals if total.status == status and on in {None, total.day}
    )


def _sum(totals: Iterable[DailyTotal], code: str, *, since: date) -> Decimal:
    amounts = (t.amount for t in totals if t.currency == code and t.day >= since)
    return sum(amounts, Decimal(0))


def _amount(amount: Decimal, code: str) -> str:
    return f"{amount:,.{Currency.parse_active_or_historic(code).minor_units}f}"


def _percent(part: int, whole: int) -> str:
    """Never round to all or to nothing what is not."""
    if not whole:
        return "0"
    percent = 100 * part / whole
    rounded = f"{percent:.1f}"
    if part != whole and rounded == "100.0":
        return "99.9"
    if part and rounded == "0.0":
        return "0.1"
    return rounded.removesuffix(".0")


def _chart(labels: tuple[str, list[str]], *series: tuple[str, list[int], str]) -> Chart:
    datasets = [
        {"label": name, "data": values, "backgroundColor": color} for name, values, color in series
    ]
    values = [values for _, values, _ in series]
    return Chart(
        data=json.dumps({"labels": labels[1], "datasets": datasets}),
        options=_CHART_OPTIONS,
        headers=(labels[0], *(name for name, _, _ in series)),
        rows=list(zip(labels[1], *values, strict=True)),
    )
