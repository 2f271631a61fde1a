"""Hide a payout for good; its row, history and key stay."""

from dataclasses import dataclass

from payouts.application.ports import Entry, Payouts
from payouts.domain.errors import PayoutInFlightError
from payouts.domain.history import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePayout:
    """Raise PayoutNotFoundError, PayoutProcessingError, or PayoutInFlightError."""

    payouts: Payouts

    def __call__(self, *, payout_id: int, actor: str) -> None:
        before = self.payouts.get(payout_id=payout_id)
        saved = self.payouts.save(
            before=before,
            after=before.delete(),
            entry=Entry(event=EventType.DELETED, actor=actor),
        )
        if not saved:
            # Another deletion came between our look and our write, or a worker's claim.
            self.payouts.get(payout_id=payout_id)
            raise PayoutInFlightError(payout_id=payout_id)
