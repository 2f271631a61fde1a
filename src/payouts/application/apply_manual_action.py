"""Apply what staff do to a payout: read it, change it, and write it unless it changed meanwhile."""

from collections.abc import Callable
from datetime import datetime

from payouts.application.ports import Payouts
from payouts.domain.errors import PayoutChangedError, PayoutInFlightError
from payouts.domain.outcome import Outcome
from payouts.domain.payout import Payout


def apply_manual_action(
    payouts: Payouts,
    *,
    payout_id: int,
    action: Callable[[Payout], Outcome],
    actor: str,
    expected_updated_at: datetime | None = None,
) -> Payout:
    """Return the payout after the action, which is a rule of domain/manual_action.py.

    Raises what the action raises, PayoutNotFoundError, PayoutChangedError if `updated_at` is not
    the one that is expected, if any, and PayoutInFlightError while a worker holds the lease or
    another change is in progress.
    """
    before = payouts.get(payout_id=payout_id)
    if expected_updated_at not in {None, before.updated_at}:
        raise PayoutChangedError(payout_id=payout_id)
    outcome = action(before)
    before.ensure_not_in_flight()
    saved = payouts.save(
        before=before,
        after=outcome.payout,
        entry=outcome.history_entry(actor=actor),
        due_in_seconds=outcome.due_in_seconds,
        nowait=True,
    )
    if not saved:
        # The payout changed between our read and our write. Apply the rule to what it is now, whose
        # error says more than "in flight".
        action(payouts.get(payout_id=payout_id))
        raise PayoutInFlightError(payout_id=payout_id)
    return saved
