"""Let staff move a payout by hand."""

from dataclasses import dataclass
from functools import partial

from payouts.application.ports import Payouts
from payouts.application.step_by_hand import step_by_hand
from payouts.domain.by_hand import move
from payouts.domain.payout import Payout
from payouts.domain.status import PayoutStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """Take one step of the state graph; PROCESSING means that a person handles it from now on.

    Raises PayoutNotFoundError, InvalidTransitionError, PayoutInFlightError.
    """

    payouts: Payouts

    def __call__(self, *, payout_id: int, status: PayoutStatus, reason: str, actor: str) -> Payout:
        return step_by_hand(
            self.payouts,
            payout_id=payout_id,
            step=partial(move, status=status, reason=reason),
            actor=actor,
        )
