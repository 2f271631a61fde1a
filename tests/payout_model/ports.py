"""The ports of a call: real ones in which it stands still, and whose effects go into the book."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.payout_model.bank import ModelBank
from tests.payout_model.book import Book, Page, Time
from tests.payout_model.calls import Call

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.application.ports import Claim, Entry
from payouts.domain.bank_answer import BankAnswer
from payouts.domain.payout import Payout, PayoutOrder, PayoutRequest

# No lease ends and nothing falls due by itself: in the model, time passes when it is told to.
LONG_SECONDS = 3600.0
_TIMES = {None: Time.NEVER, 0: Time.NOW}


@dataclass(frozen=True, kw_only=True)
class WatchedPayouts(DatabasePayouts):
    """PostgreSQL; what the book says of a change before it is tried must come true."""

    call: Call
    book: Book
    first_ring_seconds: float = LONG_SECONDS
    ring_again_seconds: float = LONG_SECONDS

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        self.call.stand_still("add")
        is_first = request.idempotency_key.value not in self.book.pages
        payout = super().add(request, actor=actor)
        assert bool(payout) is (is_first and self.book.is_active[request.recipient_id])
        if payout:
            content = (request.recipient_id, request.money.text)
            key, reference = request.idempotency_key.value, request.reference
            self.book.add(Page(payout.id, reference, key, content))
        return payout

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        page = self.book.page(payout_id)
        may_be_claimed = page.may_be_claimed
        claim = super().claim(payout_id=payout_id, lease_seconds=lease_seconds)
        assert bool(claim) is may_be_claimed
        if claim:
            page.claim()
            self.book.changes += 1
        return claim

    def save(
        self, *, before: Payout, after: Payout, entry: Entry, due_in_seconds: float | None = None
    ) -> Payout | None:
        self.call.stand_still("save")
        page = self.book.page(before.id)
        is_as_it_was = (page.status, page.attempt, page.is_deleted) == (
            before.status.value,
            before.attempt,
            before.is_deleted,
        )
        later = due_in_seconds and due_in_seconds + LONG_SECONDS
        saved = super().save(before=before, after=after, entry=entry, due_in_seconds=later)
        assert bool(saved) is is_as_it_was, "whoever saw an older payout changes nothing"
        if saved:
            page.record(
                entry.event.value,
                after.status.value,
                due=_TIMES.get(due_in_seconds, Time.LATER),
                actor=entry.actor,
            )
            page.needs_review, page.deferral = after.needs_review, after.deferral.value
            self.book.changes += 1
        return saved


@dataclass(frozen=True)
class WatchedBank:
    """The bank's answer may come long after the bank has acted."""

    call: Call
    bank: ModelBank

    def send(self, order: PayoutOrder) -> BankAnswer:
        answer = self.bank.send(order, self.call.stand_still("ask"))
        self.call.stand_still("answer")
        return answer

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        answer = self.bank.look_up(order, self.call.stand_still("ask"))
        self.call.stand_still("answer")
        return answer


@dataclass(frozen=True)
class SilentDoorbell:
    """Nobody hears it; the machine itself decides when a worker comes."""

    call: Call

    def ring(self, payout_ids: Iterable[int]) -> int:
        self.call.stand_still("ring")
        return 0
