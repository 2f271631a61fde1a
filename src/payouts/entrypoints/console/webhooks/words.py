"""How endpoints and deliveries are, in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from payouts.adapters.database.webhooks.activity import COUNTED, Activity
from payouts.application.webhooks.read_models import DeliveryView, EndpointView
from payouts.domain.client_events import ClientEventType
from payouts.domain.webhooks.endpoint import DisabledReason
from payouts.domain.webhooks.retries import DeliveryStatus

# Workers look for due deliveries at least this often.
LATE_AFTER: Final = timedelta(minutes=2)
EVENT_TYPES: Final = {
    ClientEventType.CREATED: "a payout was created",
    ClientEventType.PROCESSING: "it is being sent to the bank",
    ClientEventType.COMPLETED: "it was paid",
    ClientEventType.FAILED: "it failed",
    ClientEventType.NEEDS_REVIEW: "staff have to look at it",
    ClientEventType.RETURNED: "the bank sent the money back",
}
_WAITS_DISABLED: Final = "Its events wait until it is enabled again."
_LABELS: Final = {
    DeliveryStatus.PENDING: ("Pending", "info"),
    DeliveryStatus.DELIVERED: ("Delivered", "success"),
    DeliveryStatus.FAILED: ("Failed", "danger"),
}

ShowTime = Callable[[datetime], str]
Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Health:
    """`label` is a text and the type of unfold's label."""

    label: Label
    explanation: str
    waiting: str
    last_delivery: str


def describe(endpoint: EndpointView, activity: Activity, *, show: ShowTime) -> Health:
    label, explanation = _state(endpoint, activity, show)
    return Health(label, explanation, _waiting(activity), _last_delivery(activity, show))


def label_of(delivery: DeliveryView) -> Label:
    is_retry = delivery.status is DeliveryStatus.PENDING and delivery.attempts > 0
    return ("Retrying", "warning") if is_retry else _LABELS[delivery.status]


def outcome(delivery: DeliveryView, *, now: datetime, show: ShowTime) -> str:
    """Say what came back last, and what happens next."""
    answer = answered(delivery.last_status_code, delivery.last_error)
    if delivery.delivered_at:
        return f"{answer}, delivered {show(delivery.delivered_at)}"
    if delivery.next_attempt_at is None:
        return f"{answer}, given up after {times(delivery.attempts)}"
    is_due = delivery.next_attempt_at <= now
    following = f"{'due since' if is_due else 'next attempt'} {show(delivery.next_attempt_at)}"
    return f"{answer}, {following}" if delivery.attempts else following.capitalize()


def answered(status_code: int | None, error: str | None) -> str:
    if status_code is None:
        return error or "No answer yet"
    return f"Answered {status_code}" + (f" ({error})" if error else "")


def times(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"


def event_types(chosen: Sequence[ClientEventType]) -> str:
    return ", ".join(chosen) if chosen else "all, those of later versions too"


def bounded(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"


def _state(endpoint: EndpointView, activity: Activity, show: ShowTime) -> tuple[Label, str]:
    since = endpoint.failing_since
    if not endpoint.is_enabled:
        return _disabled(endpoint.disabled_reason, show(since) if since else None)
    due = activity.next_due_at
    if since:
        following = f" The next attempt is {_when(due, activity, show)}." if due else ""
        return ("Failing", "danger"), f"Nothing but failures since {show(since)}.{following}"
    if due and activity.read_at - due > LATE_AFTER:
        late = f"Messages are due since {show(due)}: workers are behind, or none runs."
        return ("Backlog", "warning"), late
    if not activity.deliveries:
        return ("Nothing sent yet", ""), "It gets the next event. A test message shows if it works."
    return ("Delivering", "success"), ""


def _disabled(reason: DisabledReason | None, since: str | None) -> tuple[Label, str]:
    match reason:
        case DisabledReason.GONE:
            return ("Disabled", "danger"), f"It answered 410 (gone). {_WAITS_DISABLED}"
        case DisabledReason.FAILING:
            failures = f"Nothing but failures since {since or 'five days'}."
            return ("Disabled", "danger"), f"{failures} {_WAITS_DISABLED}"
        case _:
            return ("Disabled", ""), f"A person disabled it. {_WAITS_DISABLED}"


def _when(due: datetime, activity: Activity, show: ShowTime) -> str:
    return f"at {show(due)}" if due > activity.read_at else "due now"


def _waiting(activity: Activity) -> str:
    return bounded(activity.waiting) if activity.waiting else "None"


def _last_delivery(activity: Activity, show: ShowTime) -> str:
    if activity.last_delivered_at:
        return show(activity.last_delivered_at)
    return f"None of the newest {COUNTED:,}" if activity.deliveries > COUNTED else "Never"
