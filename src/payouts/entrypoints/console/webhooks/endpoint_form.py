"""The form in which an endpoint is added or changed."""

from functools import partial
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from payouts.application.webhooks.ports import EndpointChanges
from payouts.application.webhooks.read_models import EndpointView
from payouts.domain.client_events import ClientEventType
from payouts.domain.errors import InvalidValueError
from payouts.domain.text import parse_line
from payouts.domain.webhooks.endpoint import DESCRIPTION_LIMIT, EndpointDetails
from payouts.domain.webhooks.url import WebhookUrl
from payouts.entrypoints.console.form_errors import accept, to_form_error
from payouts.entrypoints.console.webhooks.words import EVENT_TYPES

_TEXT = {"autocomplete": "off", "spellcheck": "false"}


class EndpointForm(forms.Form):
    """Lets the domain parse what was written. `form_id` is that of a form that is sent once."""

    form_id = forms.CharField(widget=forms.HiddenInput, required=False)
    seen_updated_at = forms.CharField(widget=forms.HiddenInput, required=False)
    url = forms.CharField(
        label="URL",
        widget=UnfoldAdminTextInputWidget(attrs=_TEXT | {"inputmode": "url"}),
        help_text="Messages are posted to it. It begins with https:// and has a public address.",
    )
    description = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs=_TEXT),
        help_text="Who receives them, for example the shop.",
    )
    event_types = forms.TypedMultipleChoiceField(
        coerce=ClientEventType,
        choices=[(type_.value, f"{type_}: {text}") for type_, text in EVENT_TYPES.items()],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    @classmethod
    def of(cls, endpoint: EndpointView, data: Any) -> Self:
        """Return the form that changes the endpoint."""
        return cls(
            data,
            initial={
                "url": endpoint.url,
                "description": endpoint.description or "",
                "event_types": [type_.value for type_ in endpoint.event_types],
                "seen_updated_at": endpoint.updated_at.isoformat(),
            },
        )

    def clean_url(self) -> WebhookUrl:
        return accept(WebhookUrl.parse, self.cleaned_data["url"])

    def clean_description(self) -> str:
        text = self.cleaned_data["description"]
        return accept(partial(parse_line, limit=DESCRIPTION_LIMIT), text) if text else ""

    def clean_seen_updated_at(self) -> str:
        text = self.cleaned_data["seen_updated_at"]
        if text != self.initial.get("seen_updated_at", ""):
            raise ValidationError(
                "This webhook was changed since you opened it. Open it again.", code="changed"
            )
        return str(text)

    def details(self) -> EndpointDetails:
        asked = self.cleaned_data
        return EndpointDetails(
            url=asked["url"], event_types=asked["event_types"], description=asked["description"]
        )

    def changes(self) -> EndpointChanges:
        """Return what was changed only: a URL that stays is not checked again."""
        asked = self.cleaned_data
        changes = EndpointChanges()
        if "url" in self.changed_data:
            changes["url"] = asked["url"]
        if "event_types" in self.changed_data:
            changes["event_types"] = asked["event_types"]
        if "description" in self.changed_data:
            changes["description"] = asked["description"]
        return changes

    def refuse(self, error: InvalidValueError) -> None:
        """Show what the use case refuses, which is always the URL."""
        self.add_error("url", to_form_error(error))

    def give_form_id(self, form_id: str) -> None:
        self.initial["form_id"] = form_id
        if self.is_bound:
            data: Any = self.data
            self.data = data = data.copy()
            data["form_id"] = form_id
