"""The form that filters and searches payouts, in the address of the page."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from payouts.adapters.database.payout_search import PayoutSearch
from payouts.domain.reason_codes import REASON_CODES
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.console.recipient_field import RecipientField

# Parameters of the page that are no filters.
OTHER_PARAMETERS: Final = frozenset({"cursor"})
_TEXT_LIMIT = 100
_CODE_LIMIT = 64
_CURRENCY = re.compile("[A-Z]{3}", re.ASCII)
_YES_OR_NO = [("", "All"), ("true", "Yes"), ("false", "No")]
_DATES = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2200, 1, 1))]


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget
    )


def _date(label: str) -> forms.DateField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, validators=_DATES)


class PayoutFilterForm(forms.Form):
    """Filters that are left empty select all. Days are those of the viewer's time zone."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=_TEXT_LIMIT,
        widget=UnfoldAdminTextInputWidget(
            attrs={
                "type": "search",
                "placeholder": "Id, reference, key, recipient, last 4 of account",
            }
        ),
    )
    status = _choice(
        "Status",
        [("", "All"), *((status.value, status.value.capitalize()) for status in PayoutStatus)],
    )
    currency = _choice("Currency", [])
    recipient = RecipientField(placeholder="All recipients", required=False)
    created_from = _date("Created from")
    created_to = _date("Created until")
    needs_review = _choice("Needs review", _YES_OR_NO)
    attention = _choice(
        "Needs attention",
        [
            ("", "All"),
            ("overdue", "Overdue"),
            ("failed_today", "Failed today"),
            ("not_authorised", "Credentials refused"),
        ],
    )
    failure_code = forms.CharField(
        label="Failure code",
        required=False,
        max_length=_CODE_LIMIT,
        widget=UnfoldAdminTextInputWidget(
            attrs={"list": "failure-codes", "placeholder": "AC04", "autocomplete": "off"}
        ),
    )
    returned = _choice("Returned", _YES_OR_NO)
    deleted = _choice("Deleted", _YES_OR_NO)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter-%s")
        # Payouts may be in a currency that is no longer allowed.
        asked = data.get("currency", "")
        codes = {*settings.PAYOUTS_CURRENCIES, *([asked] if _CURRENCY.fullmatch(asked) else [])}
        currency: Any = self.fields["currency"]
        currency.choices = [("", "All"), *((code, code) for code in sorted(codes))]

    @property
    def failure_codes(self) -> dict[str, str]:
        """The codes that the field suggests, and their meanings."""
        return dict(REASON_CODES)

    @property
    def active_filters(self) -> list[str]:
        """The filters in use, the search not counted, in words."""
        used = [field for field in self if field.name != "q" and field.value()]
        return [f"{field.label}: {_shown(field)}" for field in used]

    def clean(self) -> dict[str, Any]:
        unknown = set(self.data) - set(self.fields) - OTHER_PARAMETERS
        if unknown:
            raise forms.ValidationError(f"There is no filter {', '.join(sorted(unknown))!r}.")
        return self.cleaned_data

    def search(self) -> PayoutSearch:
        """Return what a valid form asks for."""
        asked = self.cleaned_data
        recipient = asked["recipient"]
        until = asked["created_to"]
        return PayoutSearch(
            text=asked["q"].strip(),
            status=PayoutStatus(asked["status"]) if asked["status"] else None,
            currency=asked["currency"],
            recipient_id=recipient.pk if recipient else None,
            created_from=_start_of(asked["created_from"]),
            created_before=_start_of(until and until + timedelta(days=1)),
            needs_review=_flag(asked["needs_review"]),
            failure_code=asked["failure_code"].strip(),
            returned=_flag(asked["returned"]),
            deleted=_flag(asked["deleted"]),
            attention=asked["attention"],
        )


def _shown(field: forms.BoundField) -> str:
    """Return the value of a filter as the form shows it."""
    if field.name == "recipient":
        return str(field.form.cleaned_data.get("recipient") or field.value())
    choices = dict(getattr(field.field, "choices", ()))
    return str(choices.get(field.value(), field.value()))


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)
