"""The two implementations of the port Payouts, with the same methods for a test."""

from dataclasses import dataclass, field
from typing import Protocol

from tests.fakes.payouts import MemoryPayouts
from tests.unit.samples import a_recipient

from payouts.adapters.database.models import Event
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.application.ports import Payouts
from payouts.domain.recipient import Recipient


class World(Protocol):
    payouts: Payouts

    def make_recipient(self) -> Recipient: ...

    def deactivate(self, recipient: Recipient) -> None: ...

    def history(self, payout_id: int) -> list[str]: ...


@dataclass
class MemoryWorld:
    payouts: MemoryPayouts = field(default_factory=lambda: MemoryPayouts(first_requeue_seconds=0))

    def make_recipient(self) -> Recipient:
        recipient = a_recipient(len(self.payouts.recipients) + 1)
        self.payouts.recipients[recipient.id] = recipient
        return recipient

    def deactivate(self, recipient: Recipient) -> None:
        self.payouts.recipients[recipient.id] = a_recipient(recipient.id, is_active=False)

    def history(self, payout_id: int) -> list[str]:
        return [event.value for event in self.payouts.history(payout_id)]


@dataclass
class DatabaseWorld:
    payouts: DatabasePayouts = field(default_factory=DatabasePayouts)

    def make_recipient(self) -> Recipient:
        view = DatabaseRecipients().add(a_recipient().details, actor="stefan")
        return a_recipient(view.id)

    def deactivate(self, recipient: Recipient) -> None:
        DatabaseRecipients().change(
            recipient_id=recipient.id, changes={"is_active": False}, actor="stefan"
        )

    def history(self, payout_id: int) -> list[str]:
        return list(
            Event.objects.filter(payout=payout_id).order_by("id").values_list("type", flat=True)
        )
