"""The queue of record in memory. It passes the same contract tests as the one in PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.unit.samples import NOON

from payouts.application.ports import Claim, Existing
from payouts.domain.errors import PayoutNotFoundError
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Payout, PayoutRequest
from payouts.domain.recipient import Recipient
from payouts.domain.status import PayoutStatus


@dataclass
class MemoryPayouts:
    """Times are seconds on `clock`, which only the test advances."""

    clock: float = 0
    first_requeue_seconds: float = 10
    recipients: dict[int, Recipient] = field(default_factory=dict)
    rows: dict[int, Payout] = field(default_factory=dict)
    due_at: dict[int, float | None] = field(default_factory=dict)
    enqueue_at: dict[int, float | None] = field(default_factory=dict)
    requeued_until: dict[int, float] = field(default_factory=dict)
    lease_ends_at: dict[int, float] = field(default_factory=dict)
    events: list[tuple[int, HistoryEntry]] = field(default_factory=list)

    def find_existing(self, *, idempotency_key: IdempotencyKey, recipient_id: int) -> Existing:
        with_key = [p for p in self.rows.values() if p.order.idempotency_key == idempotency_key]
        payout = self._as_read(with_key[0]) if with_key else None
        return Existing(payout, self.recipients.get(recipient_id))

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        recipient = self.recipients.get(request.terms.recipient_id)
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
        self.enqueue_at[payout.id] = self.clock + self.first_requeue_seconds
        self.events.append((payout.id, HistoryEntry(event=EventType.CREATED, actor=actor)))
        return self._as_read(payout)

    def get(self, *, payout_id: int) -> Payout:
        payout = self.rows.get(payout_id)
        if not payout or payout.is_deleted:
            raise PayoutNotFoundError(payout_id=payout_id)
        return self._as_read(payout)

    def find_by_reference(self, reference: str) -> Payout | None:
        found = [p for p in self.rows.values() if p.order.reference == reference]
        return self._as_read(found[0]) if found else None

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        if not self._is_due(payout_id):
            return None
        before = self.rows[payout_id]
        self.requeued_until.pop(payout_id, None)
        self.lease_ends_at[payout_id] = self.enqueue_at[payout_id] = self.clock + lease_seconds
        self.rows[payout_id] = replace(
            before,
            status=PayoutStatus.PROCESSING,
            attempt=before.attempt + 1,
            open_attempts=before.open_attempts + 1,
        )
        if before.status is PayoutStatus.NEW:
            claimed = HistoryEntry(event=EventType.CLAIMED, actor=SYSTEM_ACTOR)
            self.events.append((payout_id, claimed))
        recipient = self.recipients[before.order.terms.recipient_id]
        return Claim(
            self._as_read(self.rows[payout_id]),
            recipient_is_active=recipient.details.is_active,
        )

    def save(
        self,
        *,
        before: Payout,
        after: Payout,
        entry: HistoryEntry,
        due_in_seconds: float | None = None,
        nowait: bool = False,
    ) -> Payout | None:
        row = self.rows[before.id]
        if row.is_deleted or (row.attempt, row.status) != (before.attempt, before.status):
            return None
        self.rows[before.id] = replace(after, is_leased=False)
        self.lease_ends_at.pop(before.id, None)
        self.requeued_until.pop(before.id, None)
        due_at = None if due_in_seconds is None else self.clock + due_in_seconds
        self.due_at[before.id] = self.enqueue_at[before.id] = due_at
        if not entry.log_only:
            self.events.append((before.id, entry))
        return self._as_read(self.rows[before.id])

    def append_history(self, *, payout: Payout, entry: HistoryEntry) -> None:
        if (payout.id, entry) not in self.events:
            self.events.append((payout.id, entry))

    def record_return(self, *, payout: Payout, entry: HistoryEntry) -> None:
        self.append_history(payout=payout, entry=entry)
        row = self.rows[payout.id]
        if not row.returned_at and not row.is_deleted:
            self.rows[payout.id] = replace(row, returned_at=NOON)

    def due(self, *, batch_size: int) -> Iterator[int]:
        due = [payout_id for payout_id in self.rows if self._is_due(payout_id)]
        yield from sorted(due, key=lambda payout_id: (self.due_at[payout_id], payout_id))

    def take_overdue(self, *, max_waiting: int, interval_seconds: float) -> Sequence[int]:
        waiting = {id_ for id_, until in self.requeued_until.items() if until > self.clock}
        overdue = sorted(
            (enqueue_at, payout_id)
            for payout_id, enqueue_at in self.enqueue_at.items()
            if enqueue_at is not None and enqueue_at <= self.clock and payout_id not in waiting
        )[: max_waiting - len(waiting)]
        for _, payout_id in overdue:
            self.requeued_until[payout_id] = self.clock + interval_seconds
        return [payout_id for _, payout_id in overdue]

    def history(self, payout_id: int) -> list[EventType]:
        return [entry.event for id_, entry in self.events if id_ == payout_id]

    def _as_read(self, payout: Payout) -> Payout:
        due_at = self.due_at.get(payout.id)
        is_due = due_at is not None and due_at <= self.clock
        return replace(payout, is_leased=self._is_leased(payout.id), is_due=is_due)

    def _is_leased(self, payout_id: int) -> bool:
        return self.lease_ends_at.get(payout_id, self.clock) > self.clock

    def _is_due(self, payout_id: int) -> bool:
        due_at = self.due_at.get(payout_id)
        return due_at is not None and due_at <= self.clock and not self._is_leased(payout_id)
