"""When a payout counts as overdue, and how many overdue payouts are enqueued at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeuePolicy:
    """Times in seconds."""

    # How often beat has overdue payouts looked for.
    check_seconds: float = 5
    # From its creation on. Its own task usually ends it in well under a second.
    first_seconds: float = 10
    # A requeued task expires after this time, when its payout may be requeued.
    interval_seconds: float = 30
    # As many as one worker of 32 threads processes in `interval_seconds` if the bank answers within
    # half a second. More would expire before a worker takes them.
    max_waiting: int = 2_000
