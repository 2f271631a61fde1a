"""Take in what the bank tells of its own accord."""

from collections.abc import Mapping
from dataclasses import dataclass

from payouts.application.ports import BankCallbacks, Entry, Payouts
from payouts.domain.bank_answer import Transfer
from payouts.domain.errors import PayoutInFlightError
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.outcome import hear
from payouts.domain.payout import Payout

# A worker may claim or defer between our look and our write, but not all the time.
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HearBank:
    """End the payout that a signed call-back tells the end of, even while a worker asks about it.

    Returns whether that changed the payout: what is unknown, told before or contradicts an end
    does not. Raises SignatureInvalidError, and PayoutInFlightError if it cannot be said now.
    """

    payouts: Payouts
    callbacks: BankCallbacks

    def __call__(self, *, headers: Mapping[str, str], body: bytes) -> bool:
        transfer = self.callbacks.read(headers=headers, body=body)
        payout = transfer and self.payouts.with_reference(transfer.reference)
        if not transfer or not payout:
            return False
        for _ in range(_TRIES):
            heard = self._judge(payout, transfer)
            if heard is not None:
                return heard
            payout = self.payouts.with_reference(transfer.reference) or payout
        raise PayoutInFlightError(payout_id=payout.id)

    def _judge(self, payout: Payout, transfer: Transfer) -> bool | None:
        """Tell whether it changed the payout; None if that is another one by now."""
        outcome = hear(payout, transfer)
        if not outcome:
            return False
        entry = Entry(event=outcome.event, actor=SYSTEM_ACTOR, reason=outcome.reason)
        if outcome.event is EventType.LATE_ANSWER:
            self.payouts.note(payout=payout, entry=entry)
            return False
        saved = self.payouts.save(before=payout, after=outcome.payout, entry=entry)
        return True if saved else None
