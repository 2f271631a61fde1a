"""What every payout has to be, in plain Python; it shares no rule with the code that it judges."""

from dataclasses import dataclass, field
from enum import Enum, auto

STEPS = {("NEW", "PROCESSING"), ("NEW", "FAILED")} | {
    ("PROCESSING", end) for end in ("COMPLETED", "FAILED")
}
# What each event does to the status: where it leads, or "" where it stays as it is.
_LEADS_TO = {
    "payout.claimed": "PROCESSING",
    "payout.deferred": "",
    "payout.needs_review": "",
    "payout.held": "PROCESSING",
    "payout.retried": "",
    "payout.completed": "COMPLETED",
    "payout.failed": "FAILED",
    "payout.deleted": "",
}
type Line = tuple[str, str, str, int]
type Content = tuple[int, str]


class Time(Enum):
    """When something may be done that waits for a time."""

    NOW = auto()
    LATER = auto()
    NEVER = auto()

    def passes(self) -> "Time":
        return Time.NOW if self is Time.LATER else self


@dataclass
class Page:
    """A payout as it has to be, by what was done to it; `history` leaves out late answers."""

    payout_id: int
    reference: str
    key: str
    content: Content
    status: str = "NEW"
    attempt: int = 0
    is_leased: bool = False
    is_deleted: bool = False
    is_by_hand: bool = False
    needs_review: bool = False
    deferral: str = ""
    due: Time = Time.NOW
    ring: Time = Time.LATER
    history: list[Line] = field(default_factory=lambda: [("payout.created", "", "NEW", 0)])

    @property
    def agreed(self) -> tuple[int, str, str]:
        return self.payout_id, self.key, self.reference

    @property
    def name(self) -> str:
        """What its key begins with, before that which tells one run from another."""
        return self.key.rpartition("-")[0]

    @property
    def may_be_claimed(self) -> bool:
        return self.due is Time.NOW and not self.is_leased

    @property
    def is_left_alone(self) -> bool:
        """Tell whether it has ended, or only a person can end it."""
        is_with_a_person = self.is_by_hand or self.needs_review
        return self.is_deleted or is_with_a_person or self.status in {"COMPLETED", "FAILED"}

    def may_become(self, status: str) -> bool:
        return (self.status, status) in STEPS

    def claim(self) -> None:
        self.attempt += 1
        self._write("payout.claimed", "PROCESSING")
        self.is_leased, self.ring = True, Time.LATER

    def record(self, event: str, status: str, *, due: Time, actor: str) -> None:
        assert not self.is_deleted, "nothing is written to a deleted payout"
        is_given_back = event == "payout.retried"
        self.is_by_hand |= actor != "system" and status != self.status
        self.is_by_hand &= not is_given_back
        self._write(event, status)
        self.is_leased = False
        self.is_deleted = event == "payout.deleted"
        self.due = self.ring = due

    def let_time_pass(self) -> None:
        self.is_leased = False
        self.due, self.ring = self.due.passes(), self.ring.passes()

    def _write(self, event: str, status: str) -> None:
        assert status == (_LEADS_TO[event] or self.status), (event, status)
        before, self.status = self.status, status
        if before == status:
            self.history.append((event, "", "", self.attempt))
        else:
            assert (before, status) in STEPS, (before, status)
            self.history.append((event, before, status, self.attempt))


@dataclass
class Book:
    """All payouts of one run, and how often a list could have shown a change."""

    pages: dict[str, Page] = field(default_factory=dict)
    is_active: dict[int, bool] = field(default_factory=dict)
    changes: int = 0

    def page(self, payout_id: int) -> Page:
        return next(page for page in self.pages.values() if page.payout_id == payout_id)

    def add(self, page: Page) -> None:
        assert page.key not in self.pages, "one payout for each key"
        self.pages[page.key] = page
        self.changes += 1
