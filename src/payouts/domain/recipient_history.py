"""The history of a recipient: one entry for each change, with the values before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Self

from payouts.domain.recipient import AccountNumber, RecipientDetails

FieldValue = str | bool | None


class RecipientAction(StrEnum):
    """What was done to a recipient; one that also changes `is_active` is named after that."""

    CREATED = "created"
    CHANGED = "changed"
    DEACTIVATED = "deactivated"
    ACTIVATED = "activated"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The values of a field before and after; `old` is None if there was no recipient before."""

    old: FieldValue
    new: FieldValue


@dataclass(frozen=True, slots=True)
class RecipientHistoryEntry:
    """What was done, and the fields that it changed, by name."""

    what: RecipientAction
    fields: Mapping[str, FieldChange]

    @classmethod
    def of_creation(cls, details: RecipientDetails) -> Self:
        """Name the fields that have a value."""
        given = _values(details)
        return cls(
            RecipientAction.CREATED,
            {name: FieldChange(None, value) for name, value in given.items() if value != ""},
        )

    @classmethod
    def of_change(cls, before: RecipientDetails, after: RecipientDetails) -> Self | None:
        """Name the fields that differ; None if none does."""
        old, new = _values(before), _values(after)
        changed = {
            name: FieldChange(old[name], new[name]) for name in old if old[name] != new[name]
        }
        return cls(_action(changed), changed) if changed else None


def _action(changed: Mapping[str, FieldChange]) -> RecipientAction:
    if "is_active" not in changed:
        return RecipientAction.CHANGED
    is_active = changed["is_active"].new
    return RecipientAction.ACTIVATED if is_active else RecipientAction.DEACTIVATED


def _values(details: RecipientDetails) -> dict[str, FieldValue]:
    return {each.name: _to_plain(getattr(details, each.name)) for each in fields(details)}


def _to_plain(value: AccountNumber | str | bool) -> FieldValue:
    match value:
        case AccountNumber():
            return value.value
        case bool():
            return value
        case _:
            return str(value)
