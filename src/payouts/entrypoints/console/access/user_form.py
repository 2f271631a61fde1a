"""The form in which a user is added or changed."""

from typing import Any, ClassVar, Final

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from payouts.domain.role import Role
from payouts.entrypoints.access.users import (
    check_name,
    keep_an_administrator,
    lock_changes,
    role_of,
)

_UNCHANGED: Final = ""
_CONSOLE_ROLES: Final = ", ".join(role.value for role in Role if role.uses_console)


class UserForm(forms.ModelForm):
    """Checks what is written. The page writes it."""

    role = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    new_password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields: ClassVar = ["username", "is_active"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        known = role_of(self.instance) if self.instance.pk else None
        if self.instance.pk and (known is None or self.instance.is_superuser):
            known, is_needed = None, False
        else:
            is_needed = True
        roles = [(role.value, role.value.capitalize()) for role in Role]
        self._offer([*roles] if known else [(_UNCHANGED, self._without_role()), *roles])
        self.fields["role"].required = is_needed
        self.initial["role"] = known.value if known else _UNCHANGED
        self.fields["new_password"].help_text = (
            "Left empty, it stays as it is."
            if self.instance.pk
            else f"For those who log in to the console: {_CONSOLE_ROLES}. Others have API tokens."
        )
        if is_active := self.fields.get("is_active"):
            is_active.help_text = (
                "A user that is not active cannot log in, and its tokens do not work. Users are"
                " not deleted, because histories name them."
            )

    @property
    def chosen_role(self) -> Role | None:
        """Return None if the role stays."""
        text = self.cleaned_data["role"]
        return None if text == _UNCHANGED else Role(text)

    @property
    def chosen_password(self) -> str | None:
        return self.cleaned_data["new_password"] or None

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        check_name(username)
        return username

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        lock_changes()
        values: dict[str, Any] = super().clean() or {}
        if "role" not in values or "new_password" not in values:
            return values
        role = self.chosen_role
        if self.chosen_password and role and not role.uses_console:
            self.add_error(
                "new_password",
                f"The role {role} does not log in to the console, so it has no password.",
            )
        if self.instance.pk:
            keep_an_administrator(
                self.instance,
                role=role or role_of(self.instance),
                is_active=values.get("is_active", True),
            )
        return values

    def _offer(self, choices: list[tuple[str, str]]) -> None:
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _without_role(self) -> str:
        if not self.instance.pk:
            return "Choose one"
        if self.instance.is_superuser:
            return "Superuser of Django's, who may do everything"
        return "No role, and may do nothing"
