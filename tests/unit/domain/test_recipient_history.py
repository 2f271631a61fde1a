from dataclasses import replace
from typing import Any

import pytest
from tests.unit.samples import a_recipient

from payouts.domain.recipient import AccountNumber, RecipientType
from payouts.domain.recipient_history import FieldChange, RecipientAction, RecipientHistoryEntry

DETAILS = a_recipient(external_id="ann-1").details


class TestEntryOfACreation:
    def test_names_the_fields_that_have_a_value(self) -> None:
        entry = RecipientHistoryEntry.of_creation(DETAILS)
        assert entry.what == RecipientAction.CREATED
        assert {name: change.new for name, change in entry.fields.items()} == {
            "type": "INDIVIDUAL",
            "name": "Ann Example",
            "account_number": "GB29NWBK60161331926819",
            "bank_code": "NWBKGB2L",
            "external_id": "ann-1",
            "is_active": True,
        }
        assert {change.old for change in entry.fields.values()} == {None}

    def test_says_that_the_recipient_started_inactive(self) -> None:
        entry = RecipientHistoryEntry.of_creation(replace(DETAILS, is_active=False))
        assert entry.fields["is_active"] == FieldChange(None, False)


class TestEntryOfAChange:
    def test_names_the_fields_that_differ_with_both_values(self) -> None:
        after = replace(DETAILS, account_number=AccountNumber("7"), type=RecipientType.BUSINESS)
        entry = RecipientHistoryEntry.of_change(DETAILS, after)
        assert entry == RecipientHistoryEntry(
            RecipientAction.CHANGED,
            {
                "type": FieldChange("INDIVIDUAL", "BUSINESS"),
                "account_number": FieldChange("GB29NWBK60161331926819", "7"),
            },
        )

    @pytest.mark.parametrize("other", [{}, {"name": "Ann Other"}])
    @pytest.mark.parametrize(
        ("is_active", "action"),
        [(False, RecipientAction.DEACTIVATED), (True, RecipientAction.ACTIVATED)],
    )
    def test_is_named_after_a_change_of_activity(
        self, is_active: bool, action: RecipientAction, other: dict[str, Any]
    ) -> None:
        before = replace(DETAILS, is_active=not is_active)
        after = replace(DETAILS, is_active=is_active, **other)
        entry = RecipientHistoryEntry.of_change(before, after)
        assert entry
        assert entry.what == action
        assert set(entry.fields) == {"is_active", *other}

    def test_is_absent_if_nothing_differs(self) -> None:
        assert RecipientHistoryEntry.of_change(DETAILS, replace(DETAILS)) is None
