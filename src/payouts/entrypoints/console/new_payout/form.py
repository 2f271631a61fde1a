"""What staff fill in to make a payout."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from payouts.adapters.database.models import Recipient
from payouts.domain.errors import RecipientInactiveError
from payouts.domain.money import Currency, Money
from payouts.domain.terms import (
    REMITTANCE_INFORMATION_LIMIT,
    PayoutTerms,
    parse_remittance_information,
)
from payouts.entrypoints.console.form_errors import accept, to_form_error
from payouts.entrypoints.console.recipient_field import RecipientField


def _currencies() -> list[tuple[str, str]]:
    codes = sorted(settings.PAYOUTS_CURRENCIES)
    choose = [("", "Choose one")] if len(codes) > 1 else []
    return [*choose, *((code, code) for code in codes)]


class PayoutForm(forms.Form):
    """The terms of a payout. The domain parses them, as it does for the API."""

    recipient = RecipientField()
    amount = forms.CharField(
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Digits, and at most one point: 1234.50",
    )
    currency = forms.ChoiceField(choices=_currencies, widget=UnfoldAdminSelectWidget)
    remittance_information = forms.CharField(
        label="Text for the recipient",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=(
            "The recipient reads it on the bank statement."
            f" At most {REMITTANCE_INFORMATION_LIMIT} characters."
        ),
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, field in self.fields.items():
            # The element with help and errors in console/new_payout/field.html.
            field.widget.attrs["aria-describedby"] = f"id_{name}_notes"

    def clean_recipient(self) -> Recipient:
        recipient: Recipient = self.cleaned_data["recipient"]
        if not recipient.is_active:
            raise to_form_error(RecipientInactiveError(recipient_id=recipient.pk))
        return recipient

    def clean_remittance_information(self) -> str:
        text: str = self.cleaned_data["remittance_information"]
        return accept(parse_remittance_information, text) if text else ""

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "amount" in values and "currency" in values:
            try:
                values["money"] = self._read_money()
            except ValidationError as error:
                self.add_error("amount", error)
        return values

    def _read_money(self) -> Money:
        currency = accept(Currency.parse, self.cleaned_data["currency"])
        return accept(lambda text: Money.parse(text, currency), self.cleaned_data["amount"])

    @property
    def terms(self) -> PayoutTerms:
        """The terms of a valid form."""
        return PayoutTerms(
            recipient_id=self.cleaned_data["recipient"].pk,
            money=self.cleaned_data["money"],
            remittance_information=self.cleaned_data["remittance_information"],
        )

    @property
    def recipient_updated_at(self) -> str:
        """When the recipient of a valid form was changed last."""
        return str(self.cleaned_data["recipient"].updated_at.isoformat())

    @property
    def texts(self) -> dict[str, str]:
        """The fields as they were filled in."""
        return {name: self.data.get(name, "") for name in self.fields}
