"""Payouts that need review."""

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.history import SYSTEM_ACTOR, EventType, HistoryEntry


def put_in_review(payout_id: int) -> None:
    """Let a NEW payout need review. No worker may run meanwhile."""
    payouts = DatabasePayouts()
    claim = payouts.claim(payout_id=payout_id, lease_seconds=30)
    assert claim
    entry = HistoryEntry(event=EventType.NEEDS_REVIEW, actor=SYSTEM_ACTOR, reason="no answer")
    assert payouts.save(before=claim.payout, after=claim.payout.request_review(), entry=entry)
