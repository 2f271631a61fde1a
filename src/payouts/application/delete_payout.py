"""Hide a payout for good; its row, history and key stay."""

from dataclasses import dataclass

from payouts.application.ports import Payouts
from payouts.application.step_by_hand import step_by_hand
from payouts.domain.by_hand import delete


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePayout:
    """Raise PayoutNotFoundError, PayoutProcessingError, or PayoutInFlightError."""

    payouts: Payouts

    def __call__(self, *, payout_id: int, actor: str) -> None:
        step_by_hand(self.payouts, payout_id=payout_id, step=delete, actor=actor)
