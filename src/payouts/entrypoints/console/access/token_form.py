"""The form in which an API token is issued."""

from datetime import timedelta
from typing import Any, ClassVar, Final

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from payouts.adapters.database.models import ApiToken
from payouts.entrypoints.access.tokens import check_name
from payouts.entrypoints.access.users import role_of
from payouts.entrypoints.console.single_use_form import close_form, open_form

_DAYS: Final = {"30": "in 30 days", "90": "in 90 days", "365": "in a year", "": "never"}


class UserChoice(forms.ModelChoiceField):
    def label_from_instance(self, user: Any) -> str:
        return f"{user} ({'superuser' if user.is_superuser else role_of(user) or 'no role'})"


class TokenForm(forms.ModelForm):
    """Issues one token, however often it is sent.

    A browser that reloads the page of the token sends the form again; then it is an error.
    """

    request: ClassVar[HttpRequest]

    form_id = forms.CharField(widget=forms.HiddenInput, required=False)
    user = UserChoice(
        queryset=User.objects.filter(is_active=True)
        .prefetch_related("groups")
        .order_by("username"),
        widget=UnfoldAdminSelectWidget,
        help_text="The token may do what the role of this user may.",
    )
    expires = forms.ChoiceField(
        choices=list(_DAYS.items()), initial="90", required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = ApiToken
        fields: ClassVar = ["user", "name"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if name := self.fields.get("name"):
            name.required = True
            name.help_text = "What uses the token, for example billing-server."
            name.widget.attrs["autocomplete"] = "off"
        self.initial["form_id"] = open_form(self.request) if not self.is_bound else ""

    @property
    def expires_in(self) -> timedelta | None:
        days = self.cleaned_data["expires"]
        return timedelta(days=int(days)) if days else None

    def clean_name(self) -> str:
        return check_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Close the form, if nothing is wrong with it."""
        super().clean()
        if self.errors:
            return self.cleaned_data
        if not close_form(self.request, self.cleaned_data["form_id"]):
            self.data = {**self.data, "form_id": open_form(self.request)}
            raise ValidationError(
                "This form was sent already. If a token was issued, it cannot be shown again:"
                " revoke it, and issue another one.",
                code="sent_already",
            )
        return self.cleaned_data
