"""The end of each payout and the way to it: I2 and I6."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from chaos.invariants.violation import Violation
from chaos.run_records import Row, RunRecords

# The state graph as the documentation gives it. Not imported, so that a change there shows here.
_TRANSITIONS: Final = {
    ("", "NEW"),
    ("NEW", "PROCESSING"),
    ("NEW", "FAILED"),
    ("PROCESSING", "COMPLETED"),
    ("PROCESSING", "FAILED"),
}
_RANKS: Final = {"NEW": 0, "PROCESSING": 1, "COMPLETED": 2, "FAILED": 2}
# An attempt sends once at most. The first attempt makes no look-up, each later one at most one.
_MOST_REQUESTS: Final[Mapping[str, int]] = MappingProxyType({"POST": 0, "GET": -1})


def every_payout_ends(records: RunRecords) -> Iterator[Violation]:
    keys = {payout["idempotency_key"] for payout in records.payouts}
    for key in records.clients.created.keys() - keys:
        yield Violation("I2", f"key {key}: the API accepted it, and the payout does not exist")
    for payout in records.payouts:
        if payout["status"] in {"NEW", "PROCESSING"} and not payout["needs_review"]:
            yield Violation("I2", f"still {payout['status']}", payout["id"])
    for key in records.clients.unanswered:
        yield Violation("I2", f"key {key}: a create was never accepted, however often repeated")


def history_follows_state_graph(records: RunRecords) -> Iterator[Violation]:
    histories: dict[int, list[Row]] = defaultdict(list)
    for event in records.events:
        histories[event["payout_id"]].append(event)
    for payout in records.payouts:
        history = histories[payout["id"]]
        path = [(each["from_status"], each["to_status"]) for each in history if each["to_status"]]
        if not (_is_path(path) and path[-1][1] == payout["status"]):
            yield Violation("I6", f"history {path} of a {payout['status']}", payout["id"])
        if repeated := _repeated_event(history):
            yield Violation("I6", f"the history says twice: {repeated}", payout["id"])
    yield from _backward_reads(records)
    yield from _uncounted_attempts(records)


def _is_path(steps: list[tuple[str, str]]) -> bool:
    starts = [("", "NEW"), *steps[1:]]
    is_chain = all(before[1] == after[0] for before, after in pairwise(steps))
    return steps == starts and set(steps) <= _TRANSITIONS and is_chain


def _repeated_event(history: Sequence[Row]) -> str:
    """Return an event that repeats the one before it, such as a second PENDING; "" if none does.

    A claim is an event once, when it changes the status.
    """
    kinds = [
        (each["type"], each["reason"].partition(":")[0])
        for each in history
        if each["type"] != "payout.late_answer"
    ]
    repeated = [after for before, after in pairwise(kinds) if before == after]
    claims = [kind for kind in kinds if kind[0] == "payout.claimed"]
    return " ".join([*repeated, *claims[1:]][0]).strip() if repeated or claims[1:] else ""


def _backward_reads(records: RunRecords) -> Iterator[Violation]:
    for payout_id, seen in records.clients.statuses.items():
        if any(_RANKS[after] <= _RANKS[before] for before, after in pairwise(seen)):
            yield Violation("I6", f"was read as {' then '.join(seen)}", payout_id)


def _uncounted_attempts(records: RunRecords) -> Iterator[Violation]:
    """Compare the attempts that a payout has counted with the requests that the bank has logged."""
    for payout in records.payouts:
        for method, extra in _MOST_REQUESTS.items():
            requests = records.bank_requests.get((payout["reference"], method), 0)
            attempts = payout["attempt"]
            if requests > max(attempts + extra, 0):
                text = f"{attempts} attempts, and {requests} {method} requests in the bank's log"
                yield Violation("I6", text, payout["id"])
