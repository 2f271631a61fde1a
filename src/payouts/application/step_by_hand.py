"""What all changes by staff have in common: a look, a step, and a write that nobody overtook."""

from collections.abc import Callable

from payouts.application.ports import Entry, Payouts
from payouts.domain.errors import PayoutInFlightError
from payouts.domain.outcome import Outcome
from payouts.domain.payout import Payout


def step_by_hand(
    payouts: Payouts, *, payout_id: int, step: Callable[[Payout], Outcome], actor: str
) -> Payout:
    """Raise what `step` raises, PayoutNotFoundError, or PayoutInFlightError while it is leased."""
    before = payouts.get(payout_id=payout_id)
    outcome = step(before)
    before.expect_not_in_flight()
    saved = payouts.save(
        before=before,
        after=outcome.payout,
        entry=Entry(event=outcome.event, actor=actor, reason=outcome.reason),
        due_in_seconds=outcome.due_in_seconds,
    )
    if not saved:
        # Somebody came between our look and our write: judge anew what they left.
        step(payouts.get(payout_id=payout_id))
        raise PayoutInFlightError(payout_id=payout_id)
    return saved
