"""One suite for recipients and their history, in memory and in PostgreSQL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from tests.fakes.recipients import MemoryRecipients
from tests.unit.samples import a_recipient

from payouts.adapters.database.models import RecipientChange
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.application.ports import RecipientChanges
from payouts.application.read_models import RecipientView
from payouts.domain.errors import RecipientChangedError, RecipientNotFoundError
from payouts.domain.recipient import AccountNumber
from payouts.domain.recipient_history import FieldChange, RecipientAction, RecipientHistoryEntry

DETAILS = a_recipient(external_id="ann-1").details
LATER: list[RecipientChanges] = [
    {"name": "Ann Other", "account_number": AccountNumber("7")},
    {"is_active": False},
    {"is_active": True, "bank_code": ""},
]


class World(Protocol):
    recipients: MemoryRecipients | DatabaseRecipients

    def history(self, recipient_id: int) -> list[tuple[str, RecipientHistoryEntry]]: ...


@dataclass
class MemoryWorld:
    recipients: MemoryRecipients = field(default_factory=MemoryRecipients)

    def history(self, recipient_id: int) -> list[tuple[str, RecipientHistoryEntry]]:
        return self.recipients.entries[recipient_id]


@dataclass
class DatabaseWorld:
    recipients: DatabaseRecipients = field(default_factory=DatabaseRecipients)

    def history(self, recipient_id: int) -> list[tuple[str, RecipientHistoryEntry]]:
        rows = RecipientChange.objects.filter(recipient=recipient_id).order_by("id")
        return [(row.actor, _to_entry(row)) for row in rows]


def _to_entry(row: RecipientChange) -> RecipientHistoryEntry:
    changes = {name: FieldChange(**change) for name, change in row.changes.items()}
    return RecipientHistoryEntry(RecipientAction(row.what), changes)


@pytest.fixture(params=["memory", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    request.getfixturevalue("database")
    return DatabaseWorld()


def add(world: World) -> RecipientView:
    added = world.recipients.add(DETAILS, actor="ursula")
    assert added
    return added


class TestHistory:
    def test_starts_with_the_creation(self, world: World) -> None:
        added = add(world)
        assert world.history(added.id) == [("ursula", RecipientHistoryEntry.of_creation(DETAILS))]

    def test_gets_nothing_when_the_external_id_is_taken(self, world: World) -> None:
        added = add(world)
        assert world.recipients.add(DETAILS, actor="stefan") is None
        assert len(world.history(added.id)) == 1

    def test_gets_the_actor_and_both_values_of_each_change(self, world: World) -> None:
        recipient_id = add(world).id
        for changes in LATER:
            assert world.recipients.change(
                recipient_id=recipient_id, changes=changes, actor="stefan"
            )
        [_, *later] = world.history(recipient_id)
        assert {actor for actor, _ in later} == {"stefan"}
        assert [entry for _, entry in later] == [
            RecipientHistoryEntry(
                RecipientAction.CHANGED,
                {
                    "name": FieldChange("Ann Example", "Ann Other"),
                    "account_number": FieldChange("GB29NWBK60161331926819", "7"),
                },
            ),
            RecipientHistoryEntry(
                RecipientAction.DEACTIVATED, {"is_active": FieldChange(True, False)}
            ),
            RecipientHistoryEntry(
                RecipientAction.ACTIVATED,
                {"is_active": FieldChange(False, True), "bank_code": FieldChange("NWBKGB2L", "")},
            ),
        ]


class TestChange:
    def test_returns_what_is_stored(self, world: World) -> None:
        added = add(world)
        changed = world.recipients.change(recipient_id=added.id, changes=LATER[0], actor="stefan")
        assert changed == world.recipients.one(recipient_id=added.id)
        assert changed
        assert (changed.name, changed.account_number) == ("Ann Other", "7")
        assert (changed.external_id, changed.created_at) == ("ann-1", added.created_at)
        assert changed.updated_at > added.updated_at

    def test_of_nothing_returns_none_and_changes_no_time(self, world: World) -> None:
        added = add(world)
        same: RecipientChanges = {"name": "Ann Example", "is_active": True}
        changed = world.recipients.change(recipient_id=added.id, changes=same, actor="stefan")
        assert changed is None
        assert world.recipients.one(recipient_id=added.id) == added
        assert len(world.history(added.id)) == 1

    def test_applies_only_to_the_state_that_is_expected(self, world: World) -> None:
        added = add(world)
        change: Callable[..., RecipientView | None] = world.recipients.change
        changed = change(
            recipient_id=added.id,
            changes=LATER[0],
            actor="stefan",
            expected_updated_at=added.updated_at,
        )
        assert changed
        with pytest.raises(RecipientChangedError):
            change(
                recipient_id=added.id,
                changes=LATER[1],
                actor="sven",
                expected_updated_at=added.updated_at,
            )
        assert world.recipients.one(recipient_id=added.id) == changed

    def test_raises_for_a_recipient_that_is_not_there(self, world: World) -> None:
        with pytest.raises(RecipientNotFoundError):
            world.recipients.change(recipient_id=999_999_999, changes=LATER[1], actor="stefan")
