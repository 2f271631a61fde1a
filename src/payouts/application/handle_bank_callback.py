"""Handle a signed message in which the bank reports the outcome of a transfer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from payouts.application.ports import BankCallbacks, Payouts
from payouts.domain.bank_answer import Transfer
from payouts.domain.errors import PayoutInFlightError
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.outcome import apply_callback
from payouts.domain.payout import Payout

# A worker may claim or defer the payout between our read and our write, but not every time.
_TRIES = 3


class CallbackResult(StrEnum):
    """IGNORED: the transfer is unknown, or the callback says nothing new or contradicts an end."""

    APPLIED = "applied"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleBankCallback:
    """Give the payout the final status that the bank reports, even while a worker holds its lease.

    Raises SignatureInvalidError, and PayoutInFlightError if the payout changes at each try.
    """

    payouts: Payouts
    callbacks: BankCallbacks

    def __call__(self, *, headers: Mapping[str, str], body: bytes) -> CallbackResult:
        transfer = self.callbacks.read(headers=headers, body=body)
        payout = transfer and self.payouts.find_by_reference(transfer.reference)
        if not transfer or not payout:
            return CallbackResult.IGNORED
        for _ in range(_TRIES):
            if result := self._apply(payout, transfer):
                return result
            payout = self.payouts.find_by_reference(transfer.reference) or payout
        raise PayoutInFlightError(payout_id=payout.id)

    def _apply(self, payout: Payout, transfer: Transfer) -> CallbackResult | None:
        """Return None if the payout has changed since it was read."""
        outcome = apply_callback(payout, transfer)
        if not outcome:
            return CallbackResult.IGNORED
        entry = outcome.history_entry(actor=SYSTEM_ACTOR)
        if outcome.event is EventType.LATE_ANSWER:
            self.payouts.append_history(payout=payout, entry=entry)
            return CallbackResult.IGNORED
        saved = self.payouts.save(before=payout, after=outcome.payout, entry=entry)
        return CallbackResult.APPLIED if saved else None
