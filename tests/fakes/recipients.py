"""Recipients in memory, with the rules of the real ones."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.unit.samples import NOON

from payouts.application.ports import RecipientChanges
from payouts.application.read_models import RecipientView
from payouts.domain.errors import RecipientChangedError, RecipientNotFoundError
from payouts.domain.recipient import Recipient, RecipientDetails
from payouts.domain.recipient_history import RecipientHistoryEntry


@dataclass
class MemoryRecipients:
    """The parts of the port that write. Every write is a second later than the one before."""

    rows: dict[int, Recipient] = field(default_factory=dict)
    entries: dict[int, list[tuple[str, RecipientHistoryEntry]]] = field(default_factory=dict)

    def add(self, details: RecipientDetails, *, actor: str) -> RecipientView | None:
        if details.external_id in {row.details.external_id for row in self.rows.values()} - {""}:
            return None
        new = Recipient(id=len(self.rows) + 1, details=details)
        self.rows[new.id] = new
        self.entries[new.id] = [(actor, RecipientHistoryEntry.of_creation(details))]
        return self.one(recipient_id=new.id)

    def find_by_external_id(self, external_id: str) -> Recipient:
        return next(row for row in self.rows.values() if row.details.external_id == external_id)

    def change(
        self,
        *,
        recipient_id: int,
        changes: RecipientChanges,
        actor: str,
        expected_updated_at: datetime | None = None,
    ) -> RecipientView | None:
        before = self.one(recipient_id=recipient_id)
        if expected_updated_at not in {None, before.updated_at}:
            raise RecipientChangedError(recipient_id=recipient_id)
        details = self.rows[recipient_id].details
        after = replace(details, **changes)
        entry = RecipientHistoryEntry.of_change(details, after)
        if not entry:
            return None
        self.rows[recipient_id] = Recipient(id=recipient_id, details=after)
        self.entries[recipient_id].append((actor, entry))
        return self.one(recipient_id=recipient_id)

    def one(self, *, recipient_id: int) -> RecipientView:
        if recipient_id not in self.rows:
            raise RecipientNotFoundError(recipient_id=recipient_id)
        details = self.rows[recipient_id].details
        return RecipientView(
            id=recipient_id,
            external_id=details.external_id or None,
            type=details.type,
            name=details.name,
            account_number=details.account_number.value,
            account_type=details.account_number.type,
            bank_code=details.bank_code or None,
            country=details.country or None,
            is_active=details.is_active,
            created_at=NOON,
            updated_at=NOON + timedelta(seconds=len(self.entries[recipient_id]) - 1),
        )
