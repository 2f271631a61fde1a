"""The queue of record in memory; it passes the same contract as the one in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.unit.samples import NOON

from payouts.application.ports import Claim, Entry, Found
from payouts.domain.errors import PayoutNotFoundError
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Payout, PayoutRequest
from payouts.domain.recipient import Recipient
from payouts.domain.status import PayoutStatus


@dataclass
class MemoryPayouts:
    """Times are seconds on `clock`, which only the test moves."""

    clock: float = 0
    first_ring_seconds: float = 10
    ring_again_seconds: float = 60
    recipients: dict[int, Recipient] = field(default_factory=dict)
    rows: dict[int, Payout] = field(default_factory=dict)
    due_at: dict[int, float | None] = field(default_factory=dict)
    ring_at: dict[int, float | None] = field(default_factory=dict)
    lease_ends_at: dict[int, float] = field(default_factory=dict)
    events: list[tuple[int, Entry]] = field(default_factory=list)

    def find(self, *, idempotency_key: IdempotencyKey, recipient_id: int) -> Found:
        with_key = [p for p in self.rows.values() if p.order.idempotency_key == idempotency_key]
        return Found(with_key[0] if with_key else None, self.recipients.get(recipient_id))

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        recipient = self.recipients.get(request.recipient_id)
        if any(p.order.idempotency_key == request.idempotency_key for p in self.rows.values()):
            return None
        if not recipient or not recipient.details.is_active:
            return None
        payout = Payout(
            id=len(self.rows) + 1,
            order=request.order(recipient),
            status=PayoutStatus.NEW,
            created_at=NOON,
            updated_at=NOON,
        )
        self.rows[payout.id] = payout
        self.due_at[payout.id] = self.clock
        self.ring_at[payout.id] = self.clock + self.first_ring_seconds
        self.events.append((payout.id, Entry(event=EventType.CREATED, actor=actor)))
        return payout

    def get(self, *, payout_id: int) -> Payout:
        payout = self.rows.get(payout_id)
        if not payout or payout.is_deleted:
            raise PayoutNotFoundError(payout_id=payout_id)
        return replace(payout, is_leased=self._is_leased(payout_id))

    def with_reference(self, reference: str) -> Payout | None:
        found = [p for p in self.rows.values() if p.order.reference == reference]
        return replace(found[0], is_leased=self._is_leased(found[0].id)) if found else None

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        if not self._is_due(payout_id):
            return None
        before = self.rows[payout_id]
        self.lease_ends_at[payout_id] = self.ring_at[payout_id] = self.clock + lease_seconds
        self.rows[payout_id] = replace(
            before,
            status=PayoutStatus.PROCESSING,
            attempt=before.attempt + 1,
            open_attempts=before.open_attempts + 1,
        )
        self.events.append((payout_id, Entry(event=EventType.CLAIMED, actor=SYSTEM_ACTOR)))
        recipient = self.recipients[before.order.recipient.recipient_id]
        return Claim(
            replace(self.rows[payout_id], is_leased=True),
            recipient_is_active=recipient.details.is_active,
        )

    def save(
        self, *, before: Payout, after: Payout, entry: Entry, due_in_seconds: float | None = None
    ) -> Payout | None:
        row = self.rows[before.id]
        if row.is_deleted or (row.attempt, row.status) != (before.attempt, before.status):
            return None
        self.rows[before.id] = replace(after, is_leased=False)
        self.lease_ends_at.pop(before.id, None)
        due_at = None if due_in_seconds is None else self.clock + due_in_seconds
        self.due_at[before.id] = self.ring_at[before.id] = due_at
        self.events.append((before.id, entry))
        return self.rows[before.id]

    def note(self, *, payout: Payout, entry: Entry) -> None:
        if (payout.id, entry) not in self.events:
            self.events.append((payout.id, entry))

    def due(self, *, limit: int) -> Sequence[int]:
        due = [payout_id for payout_id in self.rows if self._is_due(payout_id)]
        return sorted(due, key=lambda payout_id: (self.due_at[payout_id], payout_id))[:limit]

    def stranded(self, *, limit: int) -> Sequence[int]:
        waiting = [
            (ring_at, payout_id)
            for payout_id, ring_at in self.ring_at.items()
            if ring_at is not None and ring_at <= self.clock
        ]
        payout_ids = [payout_id for _, payout_id in sorted(waiting)[:limit]]
        for payout_id in payout_ids:
            self.ring_at[payout_id] = self.clock + self.ring_again_seconds
        return payout_ids

    def history(self, payout_id: int) -> list[EventType]:
        return [entry.event for id_, entry in self.events if id_ == payout_id]

    def _is_leased(self, payout_id: int) -> bool:
        return self.lease_ends_at.get(payout_id, self.clock) > self.clock

    def _is_due(self, payout_id: int) -> bool:
        due_at = self.due_at.get(payout_id)
        return due_at is not None and due_at <= self.clock and not self._is_leased(payout_id)
