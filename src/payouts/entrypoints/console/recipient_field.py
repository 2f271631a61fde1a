"""A form field for a recipient, who is found as the search of recipients finds them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect

from payouts.adapters.database.models import Payout, Recipient
from payouts.entrypoints.console.ids import is_id


class RecipientSelect(AutocompleteSelect):
    """Finds recipients while a text is written; shows nothing for a value that is no id."""

    class Media:
        # In this order.
        js: ClassVar = ["admin/js/autocomplete.js", "console/select2-names.js"]

    placeholder = ""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        """Give the empty field a text, which is its name for screen readers."""
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-placeholder": self.placeholder}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value if is_id(value) else None, attrs)
        return context


class RecipientField(forms.ModelChoiceField):
    """A recipient, by id."""

    def __init__(self, *, placeholder: str = "Name, account, external id", **options: Any) -> None:
        # The admin allows the search to those who may see recipients of payouts.
        widget = RecipientSelect(Payout._meta.get_field("recipient"), admin.site)  # noqa: SLF001
        widget.placeholder = placeholder
        super().__init__(
            queryset=Recipient.objects.all(),
            widget=widget,
            error_messages={"invalid_choice": "There is no such recipient."},
            **options,
        )

    def to_python(self, value: Any) -> Any:
        if value and not is_id(value):
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice"
            )
        return super().to_python(value)
