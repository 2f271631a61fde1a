"""Bring one payout a step further: claim, bank, record."""

from dataclasses import dataclass

from payouts.application.ports import Bank, Claim, Entry, Payouts
from payouts.domain.bank_answer import BankAnswer, NotKnown
from payouts.domain.errors import RecipientInactiveError
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.outcome import Outcome, Patience, ask_for_review, conclude, fail
from payouts.domain.payout import Deferral, Failure, Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPayout:
    """Claim the payout, ask the bank outside any transaction, and record what it says.

    Returns the outcome that was recorded; None if the payout was not ours to take, or not
    any more ours when the bank had answered. `lease_seconds` must exceed two exchanges with the
    bank, a look-up and a sending, each of which has a deadline of its own.
    """

    payouts: Payouts
    bank: Bank
    patience: Patience
    lease_seconds: float

    def __call__(self, *, payout_id: int) -> Outcome | None:
        claim = self.payouts.claim(payout_id=payout_id, lease_seconds=self.lease_seconds)
        if not claim:
            return None
        outcome = self._attempt(claim)
        saved = self.payouts.save(
            before=claim.payout,
            after=outcome.payout,
            entry=Entry(event=outcome.event, actor=SYSTEM_ACTOR, reason=outcome.reason),
            due_in_seconds=outcome.due_in_seconds,
        )
        if saved:
            return outcome
        self._keep_as_evidence(outcome)
        return None

    def _keep_as_evidence(self, outcome: Outcome) -> None:
        """Note what came too late: whoever took over, or ended it meanwhile, has decided."""
        ours = outcome.payout
        stored = self.payouts.with_reference(ours.order.reference)
        if stored and stored.attempt == ours.attempt and not _contradicts(ours, stored):
            # The bank called back before its answer was here, and told no less.
            return
        self.payouts.note(
            payout=ours,
            entry=Entry(
                event=EventType.LATE_ANSWER,
                actor=SYSTEM_ACTOR,
                reason=f"{outcome.event} {outcome.reason}".rstrip(),
            ),
        )

    def _attempt(self, claim: Claim) -> Outcome:
        payout = claim.payout
        if self.patience.is_exhausted(payout):
            return ask_for_review(payout)
        if claim.recipient_is_active:
            return conclude(payout, self._ask(payout), self.patience)
        if payout.may_be_known_to_bank:
            # Money may have moved, so it has not failed; but no more is sent to this recipient.
            return conclude(payout, self.bank.look_up(payout.order), self.patience)
        return fail(payout, _recipient_inactive(payout.order.recipient.recipient_id))

    def _ask(self, payout: Payout) -> BankAnswer:
        """Look for what may be there already; send, under the same reference, what is not.

        Sending again is safe because the bank moves money once per reference, not because a
        look-up found nothing: that proves nothing.
        """
        if payout.may_be_known_to_bank:
            answer = self.bank.look_up(payout.order)
            if payout.deferral is Deferral.PENDING or not isinstance(answer, NotKnown):
                return answer
        return self.bank.send(payout.order)


def _contradicts(ours: Payout, stored: Payout) -> bool:
    return ours.status.is_terminal and ours.status is not stored.status


def _recipient_inactive(recipient_id: int) -> Failure:
    error = RecipientInactiveError(recipient_id=recipient_id)
    return Failure(error.code, str(error))
