"""The ports of a call: real adapters in which it pauses, and whose effects the model follows."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.payout_model.bank import ModelBank
from tests.payout_model.expected_state import Due, ExpectedPayout, ExpectedState
from tests.payout_model.pausable_call import PausableCall

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.application.ports import Claim
from payouts.domain.bank_answer import BankAnswer
from payouts.domain.history import HistoryEntry
from payouts.domain.payout import Payout, PayoutOrder, PayoutRequest

# No lease expires and nothing becomes due by itself. The scenario decides when time passes.
LONG_SECONDS = 3600.0
_DUE = {None: Due.NEVER, 0: Due.NOW}


@dataclass(frozen=True, kw_only=True)
class CheckedPayouts(DatabasePayouts):
    """PostgreSQL. Each change must succeed if and only if the expected state says so."""

    call: PausableCall
    state: ExpectedState
    first_requeue_seconds: float = LONG_SECONDS

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        self.call.pause("add")
        key, terms = request.idempotency_key.value, request.terms
        is_first = key not in self.state.payouts
        payout = super().add(request, actor=actor)
        assert bool(payout) is (is_first and self.state.is_active[terms.recipient_id])
        if payout:
            expected_terms = (terms.recipient_id, terms.money.text)
            self.state.add(ExpectedPayout(payout.id, request.reference, key, expected_terms))
        return payout

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        expected = self.state.find(payout_id)
        can_be_claimed = expected.can_be_claimed
        claim = super().claim(payout_id=payout_id, lease_seconds=lease_seconds)
        assert bool(claim) is can_be_claimed
        if claim:
            expected.claim()
        return claim

    def save(
        self,
        *,
        before: Payout,
        after: Payout,
        entry: HistoryEntry,
        due_in_seconds: float | None = None,
        nowait: bool = False,
    ) -> Payout | None:
        self.call.pause("save")
        expected = self.state.find(before.id)
        is_unchanged = (expected.status, expected.attempt, expected.is_deleted) == (
            before.status.value,
            before.attempt,
            before.is_deleted,
        )
        later = due_in_seconds and due_in_seconds + LONG_SECONDS
        saved = super().save(
            before=before, after=after, entry=entry, due_in_seconds=later, nowait=nowait
        )
        assert bool(saved) is is_unchanged, "a caller that read an older payout changes nothing"
        if saved:
            expected.record(
                entry.event.value,
                after.status.value,
                deferral=after.deferral.value,
                due=_DUE.get(due_in_seconds, Due.LATER),
                actor=entry.actor,
            )
        return saved


@dataclass(frozen=True)
class PausingBank:
    """Pauses before the bank acts, and again before its answer arrives."""

    call: PausableCall
    bank: ModelBank

    def send(self, order: PayoutOrder) -> BankAnswer:
        answer = self.bank.send(order, self.call.pause("ask"))
        self.call.pause("answer")
        return answer

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        answer = self.bank.look_up(order, self.call.pause("ask"))
        self.call.pause("answer")
        return answer


@dataclass(frozen=True)
class LosingTaskQueue:
    """Loses every task. The scenario decides when a worker processes a payout."""

    call: PausableCall

    def enqueue(self, payout_ids: Iterable[int], *, expires_in_seconds: float | None = None) -> int:
        self.call.pause("enqueue")
        return 0
