"""The form of an action: a reason, and the state of the payout that the user has seen."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from payouts.domain.errors import InvalidValueError
from payouts.domain.manual_action import Resolution
from payouts.domain.text import parse_line
from payouts.entrypoints.console.payouts.action_list import EFFECTS, Action


class ReasonForm(forms.Form):
    """The reason of an action is one line, by the rule of the API."""

    reason = forms.CharField()

    def __init__(self, action: Action, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.limit = action.reason_limit
        self.fields["reason"] = forms.CharField(
            label=action.reason_label,
            help_text=action.reason_help,
            required=action.needs_reason,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "maxlength": action.reason_limit}),
        )

    def clean_reason(self) -> str:
        text = " ".join(self.cleaned_data["reason"].splitlines())
        try:
            return parse_line(text, limit=self.limit) if text else ""
        except InvalidValueError as error:
            raise ValidationError(str(error), code=error.code) from error


class ActionForm(ReasonForm):
    """The form of an action on one payout."""

    seen_updated_at = forms.CharField(widget=forms.HiddenInput)

    def clean_seen_updated_at(self) -> datetime:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen_updated_at"])
        except ValueError as error:
            raise ValidationError("Open the page again.") from error

    def arguments(self) -> dict[str, Any]:
        """Return what a valid form gives the use case."""
        seen = self.cleaned_data["seen_updated_at"]
        return {"reason": self.cleaned_data["reason"], "expected_updated_at": seen}

    def show_state(self, updated_at: datetime) -> None:
        """Have the form name the state that the page shows now, also when it was sent before."""
        self.initial["seen_updated_at"] = updated_at.isoformat()
        if self.is_bound:
            sent = dict(self.data.items())  # of a QueryDict, the last value of each name
            self.data = sent | {"seen_updated_at": updated_at.isoformat()}


class ResolveForm(ActionForm):
    """What is known about the money decides what becomes of the payout."""

    resolution = forms.ChoiceField(
        label="What is known",
        choices=[(resolution.value, effect) for resolution, effect in EFFECTS.items()],
        widget=forms.RadioSelect,
    )

    def arguments(self) -> dict[str, Any]:
        return super().arguments() | {"resolution": Resolution(self.cleaned_data["resolution"])}
