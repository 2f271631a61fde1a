"""The expected state of every payout, in plain Python. It shares no rule with the service."""

from dataclasses import dataclass, field
from enum import Enum, auto

TRANSITIONS = {("NEW", "PROCESSING"), ("NEW", "FAILED")} | {
    ("PROCESSING", final) for final in ("COMPLETED", "FAILED")
}
# The status after each event; "" means that the status stays as it is.
_STATUS_AFTER = {
    "payout.claimed": "PROCESSING",
    "payout.deferred": "",
    "payout.needs_review": "",
    "payout.taken_over": "PROCESSING",
    "payout.retried": "",
    "payout.completed": "COMPLETED",
    "payout.failed": "FAILED",
    "payout.deleted": "",
}
# Type, status before, status after (both empty if it stays), attempt.
type Event = tuple[str, str, str, int]
# Recipient and amount.
type Terms = tuple[int, str]


class Due(Enum):
    """When something becomes due."""

    NOW = auto()
    LATER = auto()
    NEVER = auto()

    def after_waiting(self) -> "Due":
        return Due.NOW if self is Due.LATER else self


@dataclass
class ExpectedPayout:
    """What a payout must be after what was done to it; `history` omits late answers.

    `is_manual` means that a person chose its status. `visible_changes` counts the changes that a
    client can see, the creation included. `last_event` is what happened last, also if it is a
    repetition that the history omits.
    """

    payout_id: int
    reference: str
    key: str
    terms: Terms
    status: str = "NEW"
    attempt: int = 0
    is_leased: bool = False
    is_deleted: bool = False
    is_manual: bool = False
    needs_review: bool = False
    deferral: str = ""
    claimable: Due = Due.NOW
    requeue: Due = Due.LATER
    visible_changes: int = 1
    last_event: str = "payout.created"
    history: list[Event] = field(default_factory=lambda: [("payout.created", "", "NEW", 0)])

    @property
    def immutable_fields(self) -> tuple[int, str, str]:
        return self.payout_id, self.key, self.reference

    @property
    def name(self) -> str:
        """Return the key without the suffix that is different in each run."""
        return self.key.rpartition("-")[0]

    @property
    def can_be_claimed(self) -> bool:
        return self.claimable is Due.NOW and not self.is_leased

    @property
    def is_at_rest(self) -> bool:
        """Return whether it has ended, or only a person can end it."""
        waits_for_person = self.is_manual or self.needs_review
        return self.is_deleted or waits_for_person or self.status in {"COMPLETED", "FAILED"}

    def can_become(self, status: str) -> bool:
        return (self.status, status) in TRANSITIONS

    def claim(self) -> None:
        self.attempt += 1
        self._apply("payout.claimed", "PROCESSING", is_repetition=self.status == "PROCESSING")
        self.is_leased, self.requeue = True, Due.LATER

    def record(self, event: str, status: str, *, deferral: str, due: Due, actor: str) -> None:
        assert not self.is_deleted, "a deleted payout is never changed"
        is_given_back = event == "payout.retried"
        self.is_manual |= actor != "system" and status != self.status
        self.is_manual &= not is_given_back
        is_repetition = event == "payout.deferred" and deferral == self.deferral
        self._apply(event, status, is_repetition=is_repetition)
        self.deferral = deferral
        self.needs_review = event == "payout.needs_review"
        self.is_leased = False
        self.is_deleted = event == "payout.deleted"
        self.claimable = self.requeue = due

    def wait(self) -> None:
        """Let the lease expire and what is due later become due."""
        self.is_leased = False
        self.claimable, self.requeue = self.claimable.after_waiting(), self.requeue.after_waiting()

    def _apply(self, event: str, status: str, *, is_repetition: bool) -> None:
        assert status == (_STATUS_AFTER[event] or self.status), (event, status)
        self.last_event = event
        before, self.status = self.status, status
        has_changed = before != status
        assert not has_changed or (before, status) in TRANSITIONS, (before, status)
        if not is_repetition:
            steps = (before, status) if has_changed else ("", "")
            self.history.append((event, *steps, self.attempt))
        self.visible_changes += has_changed or self._shows(event)

    def _shows(self, event: str) -> bool:
        """Return whether a client sees an event that keeps the status."""
        if event == "payout.retried":
            return self.needs_review
        return event in {"payout.needs_review", "payout.deleted"}


@dataclass
class ExpectedState:
    """All payouts of one scenario by key, and which recipients are active."""

    payouts: dict[str, ExpectedPayout] = field(default_factory=dict)
    is_active: dict[int, bool] = field(default_factory=dict)

    @property
    def visible_changes(self) -> int:
        return sum(payout.visible_changes for payout in self.payouts.values())

    def find(self, payout_id: int) -> ExpectedPayout:
        return next(each for each in self.payouts.values() if each.payout_id == payout_id)

    def add(self, payout: ExpectedPayout) -> None:
        assert payout.key not in self.payouts, "one payout for each key"
        self.payouts[payout.key] = payout
