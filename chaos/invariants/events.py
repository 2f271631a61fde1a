"""What clients are told: I10, I11 and I12."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from chaos.invariants.violation import Violation
from chaos.run_records import RunRecords

# The events of the history that clients are told of, as the documentation says, and their names.
TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "payout.created": "payout.created",
        "payout.claimed": "payout.processing",
        "payout.taken_over": "payout.processing",
        "payout.retried": "payout.processing",
        "payout.completed": "payout.completed",
        "payout.failed": "payout.failed",
        "payout.needs_review": "payout.needs_review",
        "payout.returned": "payout.returned",
    }
)


def feed_shows_each_event_once(records: RunRecords) -> Iterator[Violation]:
    """Compare the events in the database with those that one client read while faults happened."""
    told = {f"evt_{each['id']}": each for each in records.events if each["type"] in TOLD}
    read = Counter(each["id"] for each in records.feed)
    for message_id, event in told.items():
        if read[message_id] != 1:
            text = f"{message_id} ({event['type']}) is {read[message_id]} times in the feed"
            yield Violation("I10", text, event["payout_id"])
    for each in records.feed:
        event = told.get(each["id"], {})
        if (event.get("payout_id"), TOLD.get(event.get("type", ""))) != (
            each["payout_id"],
            each["type"],
        ):
            yield Violation("I10", f"the feed shows {each}, which is {event}", each["payout_id"])
    yield from _out_of_order(records)


def _out_of_order(records: RunRecords) -> Iterator[Violation]:
    sequences: dict[int, list[int]] = defaultdict(list)
    for each in records.feed:
        sequences[each["payout_id"]].append(each["data"]["sequence"])
    for payout_id, sequence in sequences.items():
        if any(after <= before for before, after in pairwise(sequence)):
            yield Violation("I10", f"the feed has its events in the order {sequence}", payout_id)


def every_event_reaches_the_receiver(records: RunRecords) -> Iterator[Violation]:
    accepted = {each.message_id for each in records.webhooks if each.is_accepted}
    attempts = Counter(each.message_id for each in records.webhooks)
    for event in records.feed:
        if event["id"] not in accepted:
            text = f"{event['id']} was sent {attempts[event['id']]} times and never received"
            yield Violation("I11", text, event["payout_id"])


def messages_are_signed_and_never_change(records: RunRecords) -> Iterator[Violation]:
    events = {event["id"]: event for event in records.feed}
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for request in records.webhooks:
        event = events.get(request.message_id, {})
        payout_id = event.get("payout_id")
        if not request.is_signed:
            yield Violation("I12", f"{request.message_id} has no valid signature", payout_id)
        if _message(event) != json.loads(request.body):
            text = f"{request.message_id} is {request.body!r}, in the feed {event}"
            yield Violation("I12", text, payout_id)
        bodies[request.message_id].add(request.body)
    for message_id, variants in bodies.items():
        if len(variants) > 1:
            yield Violation("I12", f"{message_id} was sent with different bodies: {variants}")


def _message(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event.get(name) for name in ("type", "timestamp", "data")}
