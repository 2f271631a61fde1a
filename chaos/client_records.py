"""The responses of the API to the clients of a run."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request and its result; `status` is None if no complete response arrived.

    Times are of the monotonic clock.
    """

    started: float
    ended: float
    name: str
    status: int | None
    error: str = ""


@dataclass(slots=True)
class ClientRecords:
    """The responses that the clients received.

    `created` holds the HTTP status and the id of each successful create, by key; `reused` the HTTP
    status for other content under a key. `unanswered` are keys of which at least one copy of the
    request was never accepted. `not_listed` are payouts that a later list lacked. `statuses` are
    the statuses of each payout in the order in which one client read them, without repetitions.
    `immutable_fields` holds the values of each payout's immutable fields in responses, as JSON.
    `events` are what the feed showed to one client that followed it.
    """

    calls: list[ApiCall] = field(default_factory=list)
    created: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    reused: dict[str, int] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    not_listed: list[tuple[str, int]] = field(default_factory=list)
    statuses: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    immutable_fields: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    events: list[dict[str, Any]] = field(default_factory=list)
