"""Let staff move a payout by hand."""

from dataclasses import dataclass

from payouts.application.ports import Entry, Payouts
from payouts.domain.errors import PayoutInFlightError
from payouts.domain.history import EventType
from payouts.domain.payout import Failure, Payout
from payouts.domain.status import PayoutStatus

_EVENTS = {
    PayoutStatus.PROCESSING: EventType.HELD,
    PayoutStatus.COMPLETED: EventType.COMPLETED,
    PayoutStatus.FAILED: EventType.FAILED,
}
# ISO 20022: the reason is told in words.
_NARRATIVE = "NARR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """Take one step of the state graph; PROCESSING means that a person handles it from now on.

    Raises PayoutNotFoundError, InvalidTransitionError, PayoutInFlightError.
    """

    payouts: Payouts

    def __call__(self, *, payout_id: int, status: PayoutStatus, reason: str, actor: str) -> Payout:
        before = self.payouts.get(payout_id=payout_id)
        after = _step(before, status, reason)
        before.expect_not_in_flight()
        saved = self.payouts.save(
            before=before,
            after=after,
            entry=Entry(event=_EVENTS[status], actor=actor, reason=reason),
        )
        if not saved:
            # Somebody came between our look and our write: judge anew what they left.
            _step(self.payouts.get(payout_id=payout_id), status, reason)
            raise PayoutInFlightError(payout_id=payout_id)
        return saved


def _step(payout: Payout, status: PayoutStatus, reason: str) -> Payout:
    if status is PayoutStatus.FAILED:
        return payout.fail(Failure(_NARRATIVE, reason))
    return payout.become(status)
