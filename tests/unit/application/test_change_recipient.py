from datetime import timedelta

import pytest
from tests.fakes.recipients import MemoryRecipients
from tests.unit.samples import NOON, a_recipient

from payouts.application.change_recipient import Changed, ChangeRecipient, Unchanged
from payouts.domain.errors import RecipientChangedError, RecipientNotFoundError


@pytest.fixture
def recipients() -> MemoryRecipients:
    recipients = MemoryRecipients()
    assert recipients.add(a_recipient().details, actor="ursula")
    return recipients


@pytest.fixture
def change(recipients: MemoryRecipients) -> ChangeRecipient:
    return ChangeRecipient(recipients=recipients)  # type: ignore[arg-type]


class TestChangeRecipient:
    def test_returns_the_recipient_as_it_is_now(
        self, change: ChangeRecipient, recipients: MemoryRecipients
    ) -> None:
        result = change(recipient_id=1, changes={"name": "Ann Other"}, actor="stefan")
        assert result == Changed(recipients.one(recipient_id=1))
        assert result.recipient.name == "Ann Other"
        assert [actor for actor, _ in recipients.entries[1]] == ["ursula", "stefan"]

    def test_leaves_a_recipient_alone_that_has_the_values_already(
        self, change: ChangeRecipient, recipients: MemoryRecipients
    ) -> None:
        before = recipients.one(recipient_id=1)
        result = change(recipient_id=1, changes={"name": "Ann Example"}, actor="stefan")
        assert result == Unchanged(before)
        assert len(recipients.entries[1]) == 1

    def test_refuses_a_change_of_what_has_changed_since_it_was_seen(
        self, change: ChangeRecipient, recipients: MemoryRecipients
    ) -> None:
        change(recipient_id=1, changes={"country": "GB"}, actor="stefan")
        with pytest.raises(RecipientChangedError):
            change(
                recipient_id=1,
                changes={"name": "Ann Other"},
                actor="sven",
                expected_updated_at=NOON,
            )
        assert recipients.one(recipient_id=1).name == "Ann Example"
        changed = change(
            recipient_id=1,
            changes={"name": "Ann Other"},
            actor="sven",
            expected_updated_at=NOON + timedelta(seconds=1),
        )
        assert changed.recipient.name == "Ann Other"

    def test_raises_for_a_recipient_that_is_not_there(self, change: ChangeRecipient) -> None:
        with pytest.raises(RecipientNotFoundError):
            change(recipient_id=2, changes={}, actor="stefan")
