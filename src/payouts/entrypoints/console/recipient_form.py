"""The form in which a recipient is added or changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from payouts import bootstrap
from payouts.adapters.database.models import Recipient
from payouts.application.read_models import RecipientView
from payouts.domain.country import parse_country
from payouts.domain.errors import (
    DomainError,
    ExternalIdReusedError,
    RecipientChangedError,
)
from payouts.domain.recipient import (
    BANK_CODE_LIMIT,
    NAME_LIMIT,
    AccountNumber,
    RecipientDetails,
    RecipientType,
    parse_external_id,
)
from payouts.domain.recipient_history import RecipientAction
from payouts.domain.text import parse_line
from payouts.entrypoints.console.form_errors import accept, to_form_error

_FIELD_BY_ERROR: dict[type[DomainError], str] = {ExternalIdReusedError: "external_id"}
RECIPIENT_FIELDS: Final = (
    "external_id",
    "type",
    "name",
    "account_number",
    "bank_code",
    "country",
)
# Nobody adds two recipients that are equal in everything; a form that is sent again looks like it.
_SENT_AGAIN_WITHIN: Final = timedelta(minutes=10)


class RecipientForm(forms.ModelForm):
    """Writes through the use cases of the API, as the last step of its validation.

    Only they can tell whether the external id is taken or somebody else changes the recipient, and
    what they refuse is an error of the form.
    """

    actor: ClassVar[str]

    seen_updated_at = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Recipient
        fields = RECIPIENT_FIELDS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if isinstance(type_ := self.fields.get("type"), forms.ChoiceField):
            type_.choices = [(kind.value, kind.value.capitalize()) for kind in RecipientType]
        if account_number := self.fields.get("account_number"):
            account_number.help_text = "An IBAN, in any spelling, or a local account number."
            account_number.widget.attrs |= {
                "data-check-url": reverse("admin:payouts_recipient_check_account"),
                "autocomplete": "off",
                "spellcheck": "false",
            }
        if bank_code := self.fields.get("bank_code"):
            bank_code.help_text = "Left empty, it becomes the BIC of the IBAN's bank."
        if self.instance.pk:
            self.initial["seen_updated_at"] = self.instance.updated_at.isoformat()

    def clean_external_id(self) -> str:
        return self._accept("external_id", parse_external_id)

    def clean_name(self) -> str:
        return self._accept("name", partial(parse_line, limit=NAME_LIMIT))

    def clean_account_number(self) -> str:
        return self._accept("account_number", lambda text: AccountNumber.parse(text).value)

    def clean_bank_code(self) -> str:
        return self._accept("bank_code", partial(parse_line, limit=BANK_CODE_LIMIT))

    def clean_country(self) -> str:
        return self._accept("country", parse_country)

    def clean_seen_updated_at(self) -> datetime | None:
        if not self.instance.pk:
            return None
        try:
            return datetime.fromisoformat(self.cleaned_data["seen_updated_at"])
        except ValueError as error:
            raise ValidationError("Open the recipient again.") from error

    def clean(self) -> dict[str, Any]:
        """Fill in the BIC of the bank, as the page does while the number is written."""
        values = self.cleaned_data
        if values.get("account_number") and not values.get("bank_code", "missing"):
            bank = bootstrap.check_account()(values["account_number"]).bank
            values["bank_code"] = bank.bic if bank else ""
        return values

    def _accept(self, field: str, parse: Callable[[str], str]) -> str:
        """Let the domain parse the input, as the API does."""
        text = self.cleaned_data[field]
        return accept(parse, text) if text else ""

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out the external id: the use case decides whether it is taken."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | {"external_id"}

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.errors:
            self._write()

    def _write(self) -> None:
        try:
            written = self._change() if self.instance.pk else self._add()
        except RecipientChangedError as error:
            self.add_error(None, ValidationError(self._last_change(), code=error.code))
        except DomainError as error:
            field = _FIELD_BY_ERROR.get(type(error))
            self.add_error(field, to_form_error(error))
        else:
            self.instance.pk = written.id

    def _add(self) -> Recipient | RecipientView:
        """Add the recipient, or return the one that the same form has added just now."""
        with transaction.atomic():
            # Forms of a user that were sent together, such as by a double click, wait here.
            User.objects.select_for_update(no_key=True).get(username=self.actor)
            if added := self._added_just_now():
                return added
            result = bootstrap.add_recipient()(
                details=RecipientDetails(**self._values()), compare_is_active=True, actor=self.actor
            )
        return result.recipient

    def _added_just_now(self) -> Recipient | None:
        same = {name: self.cleaned_data[name] for name in RECIPIENT_FIELDS}
        return Recipient.objects.filter(
            **same,
            is_active=True,
            created_at__gte=timezone.now() - _SENT_AGAIN_WITHIN,
            changes__what=RecipientAction.CREATED,
            changes__actor=self.actor,
        ).first()

    def _change(self) -> RecipientView:
        result = bootstrap.change_recipient()(
            recipient_id=self.instance.pk,
            changes=self._values(),
            actor=self.actor,
            expected_updated_at=self.cleaned_data["seen_updated_at"],
        )
        return result.recipient

    def _values(self) -> Any:
        """Return the fields as the domain has them; those that the user may not see are absent."""
        values = {name: self.cleaned_data[name] for name in self.fields if name in RECIPIENT_FIELDS}
        parsers: dict[str, Callable[[str], Any]] = {
            "type": RecipientType,
            "account_number": AccountNumber,
        }
        return values | {name: parsers[name](values[name]) for name in parsers if name in values}

    def _last_change(self) -> str:
        last = self.instance.changes.order_by("-id").first()
        who = f"{last.actor} has changed this recipient" if last else "This recipient was changed"
        return f"{who} since you opened it. Open it again to see what it is now."
