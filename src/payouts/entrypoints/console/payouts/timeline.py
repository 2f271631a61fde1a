"""The history of a payout, newest first, in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from payouts.adapters.database.models import Event
from payouts.domain.history import SYSTEM_ACTOR, EventType
from payouts.domain.reason_codes import in_words
from payouts.entrypoints.console.presentation import full_time

PAGE_SIZE: Final = 50
_TITLES: Final = {
    EventType.CREATED: "Created",
    EventType.CLAIMED: "A worker began to send it",
    EventType.DEFERRED: "To be asked about again",
    EventType.NEEDS_REVIEW: "Left to a person",
    EventType.TAKEN_OVER: "Taken over by a person",
    EventType.RETRIED: "Given back to the workers",
    EventType.TRY_REQUESTED: "Asked to be tried at once",
    EventType.COMPLETED: "Completed",
    EventType.FAILED: "Failed",
    EventType.DELETED: "Deleted",
    EventType.LATE_ANSWER: "An answer came after the end",
    EventType.RETURNED: "The bank sent the money back",
}
_CODE = re.compile(r"([A-Za-z0-9_]{4,64}): ")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event. `meaning` is that of the reason code with which the reason begins, if it does."""

    title: str
    type: str
    at: str
    actor: str
    is_by_person: bool
    change: str
    reason: str
    meaning: str
    attempt: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of the history. `older_than` is where the next page starts, if there is one."""

    entries: list[TimelineEntry]
    older_than: int | None


def read_timeline(payout_id: int, *, before: int | None, show: Callable[[str], str]) -> Timeline:
    """Read the newest events, or those before an event."""
    events = Event.objects.filter(payout_id=payout_id).order_by("-id")
    if before is not None:
        events = events.filter(id__lt=before)
    found = list(events[: PAGE_SIZE + 1])
    entries = [_to_entry(event, show) for event in found[:PAGE_SIZE]]
    return Timeline(entries, found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None)


def _to_entry(event: Event, show: Callable[[str], str]) -> TimelineEntry:
    code = _CODE.match(event.reason)
    return TimelineEntry(
        title=_TITLES.get(EventType(event.type), event.type),
        type=event.type,
        at=full_time(event.at),
        actor=event.actor,
        is_by_person=event.actor != SYSTEM_ACTOR,
        change=f"{event.from_status or 'none'} → {event.to_status}" if event.to_status else "",
        reason=show(event.reason),
        meaning=(code and in_words(code.group(1))) or "",
        attempt=event.attempt,
        request_id=event.request_id,
    )
