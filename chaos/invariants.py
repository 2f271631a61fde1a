"""What has to hold whatever happened. Each is checked from the outside, by what is on record."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from chaos.evidence import Evidence, Row
from chaos.load import Call
from chaos.storm import Strike

# The state graph as the documentation gives it; not imported, so that a change there shows here.
_STEPS: Final = {
    ("", "NEW"),
    ("NEW", "PROCESSING"),
    ("NEW", "FAILED"),
    ("PROCESSING", "COMPLETED"),
    ("PROCESSING", "FAILED"),
}
_RANKS: Final = {"NEW": 0, "PROCESSING": 1, "COMPLETED": 2, "FAILED": 2}
_WITHOUT_REDIS_SECONDS: Final = 3
# How long after a fault the trouble that it made may still be told to clients.
_AFTERMATH_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant; `payout_id` or `call` says where to look."""

    invariant: str
    text: str
    payout_id: int | None = None
    call: Call | None = None


def _once(evidence: Evidence) -> Iterator[Violation]:
    ids = {payout["reference"]: payout["id"] for payout in evidence.payouts}
    for reference, count in Counter(each.reference for each in evidence.ledger).items():
        if reference not in ids:
            yield Violation("I1", f"the bank paid {reference}, which belongs to no payout")
        elif count > 1:
            yield Violation("I1", f"paid {count} times", ids[reference])


def _ended(evidence: Evidence) -> Iterator[Violation]:
    known = {payout["idempotency_key"]: payout for payout in evidence.payouts}
    for key in evidence.told.ids_by_key:
        if key not in known:
            yield Violation("I2", f"a client was told of {key}, which is not there")
    for payout in evidence.payouts:
        if payout["status"] in {"NEW", "PROCESSING"} and not payout["needs_review"]:
            yield Violation("I2", f"still {payout['status']}", payout["id"])
    for key in evidence.told.given_up:
        yield Violation("I2", f"no client was ever told that {key} is accepted")


def _completed_is_paid(evidence: Evidence) -> Iterator[Violation]:
    paid = {(each.reference, each.amount, each.currency, each.account) for each in evidence.ledger}
    settled = {each.reference for each in evidence.ledger}
    for payout in evidence.payouts:
        facts = tuple(payout[name] for name in ("reference", "amount", "currency", "account"))
        if payout["status"] == "COMPLETED" and facts not in paid:
            yield Violation("I3", "COMPLETED, but not paid as agreed", payout["id"])
        if payout["reference"] in settled and _is_unaware(payout):
            yield Violation("I3", f"paid, but {payout['status']}", payout["id"])


def _is_unaware(payout: Row) -> bool:
    """Tell whether neither its status nor a request for review says that money may have moved."""
    return payout["status"] in {"NEW", "PROCESSING"} and not payout["needs_review"]


def _failed_is_unpaid(evidence: Evidence) -> Iterator[Violation]:
    settled = {each.reference for each in evidence.ledger}
    for payout in evidence.payouts:
        if payout["status"] == "FAILED" and payout["reference"] in settled:
            yield Violation("I4", "FAILED, but paid", payout["id"])


def _one_per_key(evidence: Evidence) -> Iterator[Violation]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for payout in evidence.payouts:
        rows[payout["idempotency_key"]].append(payout)
    for key, answers in evidence.told.ids_by_key.items():
        ids = {payout_id for _, payout_id in answers}
        if ids != {payout["id"] for payout in rows[key]} or len(ids) != 1:
            yield Violation("I5", f"key {key}: clients were told of {ids}", min(ids))
        if sum(status == 201 for status, _ in answers) > 1:
            yield Violation("I5", f"key {key}: created more than once", min(ids))
    yield from _other_content(evidence)


def _other_content(evidence: Evidence) -> Iterator[Violation]:
    for key, status in evidence.told.reuse_by_key.items():
        if status != 422:
            yield Violation("I5", f"key {key}: other content was answered {status}")
    for payout in evidence.payouts:
        order = evidence.orders[payout["idempotency_key"]]
        if (payout["amount"], payout["currency"]) != (Decimal(order.amount), order.currency):
            yield Violation("I5", "it is not what was ordered", payout["id"])


def _histories(evidence: Evidence) -> Iterator[Violation]:
    steps: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for event in evidence.events:
        if event["to_status"]:
            steps[event["payout_id"]].append((event["from_status"], event["to_status"]))
    for payout in evidence.payouts:
        path = steps[payout["id"]]
        if not (_is_path(path) and path[-1][1] == payout["status"]):
            yield Violation("I6", f"history {path} of a {payout['status']}", payout["id"])
    yield from _sightings(evidence)


def _sightings(evidence: Evidence) -> Iterator[Violation]:
    for payout_id, seen in evidence.told.statuses.items():
        if any(_RANKS[after] <= _RANKS[before] for before, after in pairwise(seen)):
            yield Violation("I6", f"was seen as {' then '.join(seen)}", payout_id)


def _is_path(steps: list[tuple[str, str]]) -> bool:
    starts = [("", "NEW"), *steps[1:]]
    is_chain = all(before[1] == after[0] for before, after in pairwise(steps))
    return steps == starts and set(steps) <= _STEPS and is_chain


def _read_your_write(evidence: Evidence) -> Iterator[Violation]:
    for key, payout_id in evidence.told.unseen:
        yield Violation("I7", f"key {key}: a list read after the answer lacks it", payout_id)


def _answers(evidence: Evidence) -> Iterator[Violation]:
    for call in evidence.told.calls:
        around = _trouble(evidence, call)
        text = f"{call.what}: {call.status or call.error} after {call.ended - call.started:.1f} s"
        is_503_without_cause = call.status == 503 and "database" not in around
        is_other_5xx = call.status is not None and call.status >= 500 and call.status != 503
        is_broken = call.status is None and not around & {"web", "database"}
        is_late = around == {"redis"} and call.ended - call.started > _WITHOUT_REDIS_SECONDS
        if is_503_without_cause or is_other_5xx or is_broken or is_late:
            yield Violation("I8", text, call=call)


def _trouble(evidence: Evidence, call: Call) -> frozenset[str]:
    """What was, or had just been, taken away while the call was under way."""
    return frozenset[str]().union(
        *(strike.strikes for strike in evidence.strikes if _overlaps(strike, call))
    )


def _overlaps(strike: Strike, call: Call) -> bool:
    return strike.started <= call.ended and call.started <= strike.ended + _AFTERMATH_SECONDS


def _sums(evidence: Evidence) -> Iterator[Violation]:
    settled = {each.reference for each in evidence.ledger}
    ours: dict[str, Decimal] = defaultdict(Decimal)
    theirs: dict[str, Decimal] = defaultdict(Decimal)
    for transfer in evidence.ledger:
        theirs[transfer.currency] += transfer.amount
    for payout in evidence.payouts:
        is_in_review = payout["needs_review"] and payout["reference"] in settled
        if payout["status"] == "COMPLETED" or is_in_review:
            ours[payout["currency"]] += payout["amount"]
    for currency in sorted(ours.keys() | theirs.keys()):
        if ours[currency] != theirs[currency]:
            text = f"{currency}: the ledger has {theirs[currency]}, we have {ours[currency]}"
            yield Violation("I9", text)


INVARIANTS: Final[Mapping[str, tuple[str, Callable[[Evidence], Iterator[Violation]]]]] = (
    MappingProxyType(
        {
            "I1": ("at most one transfer per payout", _once),
            "I2": ("every accepted payout ends, or is shown to people", _ended),
            "I3": ("COMPLETED if and only if paid, as agreed", _completed_is_paid),
            "I4": ("FAILED moved no money", _failed_is_unpaid),
            "I5": ("one payout per key, other content refused", _one_per_key),
            "I6": ("histories follow the state graph, ends are final", _histories),
            "I7": ("a list shows every write that was answered before", _read_your_write),
            "I8": ("no 5xx but 503 without database, no wait for Redis", _answers),
            "I9": ("the sums agree", _sums),
        }
    )
)


def judge(evidence: Evidence) -> list[Violation]:
    return [violation for _, check in INVARIANTS.values() for violation in check(evidence)]
