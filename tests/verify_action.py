"""Whether the events that an action emits say what it changed.

After Zulip's `verify_action`: state before + events = state after.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from tests.event_horizon import wait_until_shown
from tests.message_schema import body_validator, openapi_document, to_body

from payouts.adapters.database.client_events import DatabaseClientEvents
from payouts.adapters.database.reads import DatabaseReads
from payouts.application.client_message import ClientMessage
from payouts.application.read_models import EventPosition
from payouts.domain.errors import PayoutNotFoundError

# The fields that clients see, and `is_deleted`.
State = Mapping[str, Any]
Row = Mapping[str, Any]

_NEW = {
    "status": "NEW",
    "failure_code": None,
    "failure_reason": None,
    "needs_review": False,
    "returned_at": None,
    "is_deleted": False,
}
_TOLD = ("status", "failure_code", "failure_reason", "needs_review")
_AGREED = ("reference", "idempotency_key", "amount", "currency", "metadata")
_EVENTS = """
SELECT id, payout_id, type, at, actor, from_status, to_status, reason
FROM payouts_event WHERE id > %s ORDER BY id
"""


def verify_action(
    action: Callable[[], object], *, history: Iterable[str], messages: Iterable[str]
) -> None:
    """Run the action, and check all payouts before and after it.

    `history` and `messages` are the types of the events that it has to emit, without "payout.".
    """
    before = _Observation.take()
    action()
    after = _Observation.take()
    events, told = _events_after(before.last_event), _messages_after(before.end)
    assert [event["type"] for event in events] == [f"payout.{type_}" for type_ in history]
    assert [message.type for message in told] == [f"payout.{type_}" for type_ in messages]
    for payout_id, state in after.payouts.items():
        old = before.payouts.get(payout_id)
        own = [event for event in events if event["payout_id"] == payout_id]
        assert _replay(old, own, agreed=state) == state
        _verify_messages(old, [each for each in told if each.data.payout_id == payout_id], state)
    assert (before.version != after.version) is (before.payouts != after.payouts)
    for message in told:
        body_validator(openapi_document(), message.type).validate(to_body(message))


@dataclass(frozen=True, slots=True)
class _Observation:
    payouts: dict[int, State]
    version: int
    last_event: int
    end: EventPosition

    @classmethod
    def take(cls) -> "_Observation":
        wait_until_shown()
        ids = [row["id"] for row in _select("SELECT id FROM payouts_payout", [])]
        [last] = _select("SELECT coalesce(max(id), 0) AS id FROM payouts_event", [])
        return cls(
            payouts={payout_id: _state(payout_id) for payout_id in ids},
            version=DatabaseReads().version(),
            last_event=last["id"],
            end=DatabaseClientEvents().end(),
        )


def _state(payout_id: int) -> State:
    reads, is_deleted = DatabaseReads(), False
    try:
        reads.one(payout_id=payout_id)
    except PayoutNotFoundError:
        is_deleted = True
    view = reads.one(payout_id=payout_id, include_deleted=True)
    return asdict(view) | {"is_deleted": is_deleted}


def _replay(before: State | None, events: Iterable[Row], *, agreed: State) -> State | None:
    """Return the state that the history leads to; `agreed` has what a creation fixes."""
    state = before
    for event in events:
        if event["type"] == "payout.created":
            assert state is None
            times = {"created_at": event["at"], "updated_at": event["at"]}
            state = {**agreed, **_NEW, **times}
            continue
        assert state
        changed = {**state, **_effect(state, event)}
        state = changed if changed == state else {**changed, "updated_at": event["at"]}
    return state


def _effect(state: State, event: Row) -> State:
    """Return the fields that an event changes. Each type of the history has a line."""
    failure = {"failure_code": "NARR", "failure_reason": event["reason"] or None}
    if event["actor"] == "system":
        code, _, reason = event["reason"].partition(": ")
        failure = {"failure_code": code, "failure_reason": reason or None}
    is_returned = bool(state["returned_at"] or state["is_deleted"])
    effect: State = {
        "payout.claimed": {},
        "payout.deferred": {},
        "payout.needs_review": {"needs_review": True},
        "payout.taken_over": {},
        "payout.retried": {"needs_review": False},
        "payout.try_requested": {},
        "payout.completed": {"needs_review": False},
        "payout.failed": {"needs_review": False} | failure,
        "payout.deleted": {"is_deleted": True},
        "payout.late_answer": {},
        "payout.returned": {} if is_returned else {"returned_at": event["at"]},
    }[event["type"]]
    if not event["to_status"]:
        return effect
    assert event["from_status"] == state["status"]
    return {**effect, "status": event["to_status"]}


def _verify_messages(before: State | None, messages: Iterable[ClientMessage], after: State) -> None:
    """Check that a client who follows the messages knows what one who reads the payout knows.

    Deletion is the exception: nothing is told of it, and nothing of a deleted payout is read.
    """
    known = _told(before) if before else {}
    for message in messages:
        data = asdict(message.data)
        is_returned = known.get("is_returned", False) or message.type == "payout.returned"
        known = {name: data[name] for name in _TOLD} | {"is_returned": is_returned}
        assert {name: data[name] for name in _AGREED} == {name: after[name] for name in _AGREED}
    assert after["is_deleted"] or known == _told(after)


def _told(state: State) -> dict[str, Any]:
    return {name: state[name] for name in _TOLD} | {"is_returned": bool(state["returned_at"])}


def _events_after(event_id: int) -> list[Row]:
    return _select(_EVENTS, [event_id])


def _messages_after(end: EventPosition) -> list[ClientMessage]:
    return list(DatabaseClientEvents().page(after=end, size=500).messages)


def _select(statement: str, parameters: list[object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
