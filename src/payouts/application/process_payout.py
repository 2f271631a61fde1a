"""Process one payout: claim it, ask the bank, record the outcome."""

from dataclasses import dataclass

from payouts.application.ports import Bank, Claim, Payouts
from payouts.domain.bank_answer import BankAnswer, NotKnown
from payouts.domain.errors import RecipientInactiveError
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry
from payouts.domain.outcome import Outcome, apply_answer, fail, request_review
from payouts.domain.payout import Deferral, Failure, Payout
from payouts.domain.retry_policy import RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPayout:
    """Claim the payout, ask the bank outside any transaction, and record the outcome.

    Returns the recorded outcome; None if the payout could not be claimed, or was claimed or ended
    by somebody else before the bank answered. `lease_seconds` must exceed two exchanges with the
    bank, a look-up and a send, each of which has a deadline of its own.
    """

    payouts: Payouts
    bank: Bank
    retry_policy: RetryPolicy
    lease_seconds: float

    def __call__(self, *, payout_id: int) -> Outcome | None:
        claim = self.payouts.claim(payout_id=payout_id, lease_seconds=self.lease_seconds)
        if not claim:
            return None
        outcome = self._attempt(claim)
        saved = self.payouts.save(
            before=claim.payout,
            after=outcome.payout,
            entry=outcome.history_entry(actor=SYSTEM_ACTOR),
            due_in_seconds=outcome.due_in_seconds,
        )
        if saved:
            return outcome
        self._keep_as_evidence(outcome)
        return None

    def _keep_as_evidence(self, outcome: Outcome) -> None:
        """Add an outcome that came too late to the history. It changes nothing else."""
        late = outcome.payout
        stored = self.payouts.find_by_reference(late.order.reference)
        if stored and stored.attempt == late.attempt and not _contradicts(late, stored):
            # A callback ended the payout before this answer arrived, and says the same or more.
            return
        self.payouts.append_history(
            payout=late,
            entry=HistoryEntry(
                event=EventType.LATE_ANSWER,
                actor=SYSTEM_ACTOR,
                reason=f"{outcome.event} {outcome.reason}".rstrip(),
            ),
        )

    def _attempt(self, claim: Claim) -> Outcome:
        payout = claim.payout
        if self.retry_policy.is_exhausted(payout):
            return request_review(payout)
        if claim.recipient_is_active:
            return apply_answer(payout, self._ask_bank(payout), self.retry_policy)
        if payout.has_earlier_open_attempt:
            # Money may have moved, so the payout has not failed; but it must not be sent again.
            return apply_answer(payout, self.bank.look_up(payout.order), self.retry_policy)
        return fail(payout, _recipient_inactive(payout.order.terms.recipient_id))

    def _ask_bank(self, payout: Payout) -> BankAnswer:
        """Look the transfer up if the bank may know it; send it, under the same reference, if not.

        Sending again is safe because the bank moves money once per reference. That a look-up found
        nothing does not make it safe: the first order may still be in progress.
        """
        if payout.has_earlier_open_attempt:
            answer = self.bank.look_up(payout.order)
            if payout.deferral is Deferral.PENDING or not isinstance(answer, NotKnown):
                return answer
        return self.bank.send(payout.order)


def _contradicts(late: Payout, stored: Payout) -> bool:
    return late.status.is_terminal and late.status is not stored.status


def _recipient_inactive(recipient_id: int) -> Failure:
    error = RecipientInactiveError(recipient_id=recipient_id)
    return Failure(error.code, str(error))
