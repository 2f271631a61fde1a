"""Let staff change the status of a payout."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from payouts.application.apply_manual_action import apply_manual_action
from payouts.application.ports import Payouts
from payouts.domain.manual_action import change_status
from payouts.domain.payout import Payout
from payouts.domain.status import PayoutStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """Make one transition. PROCESSING means that staff handle the payout, and no worker sends it.

    Raises PayoutNotFoundError, InvalidTransitionError, ReasonRequiredError, PayoutChangedError,
    PayoutInFlightError.
    """

    payouts: Payouts

    def __call__(
        self,
        *,
        payout_id: int,
        status: PayoutStatus,
        reason: str,
        actor: str,
        expected_updated_at: datetime | None = None,
    ) -> Payout:
        return apply_manual_action(
            self.payouts,
            payout_id=payout_id,
            action=partial(change_status, status=status, reason=reason),
            actor=actor,
            expected_updated_at=expected_updated_at,
        )
