"""Hide a payout for good. Its row, its history and its key stay."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from payouts.application.apply_manual_action import apply_manual_action
from payouts.application.ports import Payouts
from payouts.domain.manual_action import delete


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePayout:
    """Raise PayoutNotFoundError, PayoutProcessingError, PayoutChangedError, PayoutInFlightError."""

    payouts: Payouts

    def __call__(
        self,
        *,
        payout_id: int,
        actor: str,
        reason: str = "",
        expected_updated_at: datetime | None = None,
    ) -> None:
        apply_manual_action(
            self.payouts,
            payout_id=payout_id,
            action=partial(delete, reason=reason),
            actor=actor,
            expected_updated_at=expected_updated_at,
        )
