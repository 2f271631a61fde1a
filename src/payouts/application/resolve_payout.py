"""Let staff decide about a payout that the bank did not tell the end of."""

from dataclasses import dataclass
from functools import partial

from payouts.application.ports import Doorbell, Payouts
from payouts.application.step_by_hand import step_by_hand
from payouts.domain.by_hand import Resolution, resolve
from payouts.domain.payout import Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePayout:
    """Record who decided what, by which evidence; RETRY goes on under the same reference.

    Raises PayoutNotFoundError, InvalidTransitionError, PayoutInFlightError.
    """

    payouts: Payouts
    doorbell: Doorbell

    def __call__(
        self, *, payout_id: int, resolution: Resolution, evidence: str, actor: str
    ) -> Payout:
        resolved = step_by_hand(
            self.payouts,
            payout_id=payout_id,
            step=partial(resolve, resolution=resolution, evidence=evidence),
            actor=actor,
        )
        if resolution is Resolution.RETRY:
            self.doorbell.ring([payout_id])
        return resolved
