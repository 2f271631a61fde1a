"""What the API answered: I5, I7 and I8."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from chaos.client_records import ApiCall
from chaos.fault_injector import InjectedFault
from chaos.invariants.violation import Violation
from chaos.run_records import Row, RunRecords

_LIMIT_WITHOUT_REDIS_SECONDS: Final = 3
# How long after the end of a fault it may still make requests fail.
_AFTER_FAULT_SECONDS: Final = 5


def one_payout_per_key(records: RunRecords) -> Iterator[Violation]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for payout in records.payouts:
        rows[payout["idempotency_key"]].append(payout)
    for key, answers in records.clients.created.items():
        ids = {payout_id for _, payout_id in answers}
        if ids != {payout["id"] for payout in rows[key]} or len(ids) != 1:
            yield Violation("I5", f"key {key}: answered with the ids {ids}", min(ids))
        if sum(status == 201 for status, _ in answers) > 1:
            yield Violation("I5", f"key {key}: created more than once", min(ids))
    yield from _accepted_other_content(records)
    yield from _contradicting_reads(records)


def _accepted_other_content(records: RunRecords) -> Iterator[Violation]:
    for key, status in records.clients.reused.items():
        if status != 422:
            yield Violation("I5", f"key {key}: other content was answered {status}")
    for payout in records.payouts:
        planned = records.planned[payout["idempotency_key"]]
        if (payout["amount"], payout["currency"]) != (Decimal(planned.amount), planned.currency):
            yield Violation("I5", "it is not what was requested", payout["id"])


def _contradicting_reads(records: RunRecords) -> Iterator[Violation]:
    for payout_id, answers in records.clients.immutable_fields.items():
        if len(answers) > 1:
            yield Violation("I5", f"answers contradict each other: {answers}", payout_id)


def lists_show_earlier_writes(records: RunRecords) -> Iterator[Violation]:
    for key, payout_id in records.clients.not_listed:
        text = f"key {key}: a list that was read after the create lacks the payout"
        yield Violation("I7", text, payout_id)


def answers_in_outages(records: RunRecords) -> Iterator[Violation]:
    for call in records.clients.calls:
        if _is_unexpected(call, _disrupted(records, call)):
            result = call.status or call.error
            text = f"{call.name}: {result} after {call.ended - call.started:.1f} s"
            yield Violation("I8", text, call=call)


def _is_unexpected(call: ApiCall, disrupted: frozenset[str]) -> bool:
    if call.status is None:
        return not disrupted & {"web", "database"}
    if call.status == 503:
        return "database" not in disrupted
    is_late = disrupted == {"redis"} and call.ended - call.started > _LIMIT_WITHOUT_REDIS_SECONDS
    return is_late or call.status >= 500


def _disrupted(records: RunRecords, call: ApiCall) -> frozenset[str]:
    """Return the parts that a fault disrupted during the call or shortly before it."""
    return frozenset[str]().union(
        *(fault.disrupts for fault in records.faults if _overlaps(fault, call))
    )


def _overlaps(fault: InjectedFault, call: ApiCall) -> bool:
    return fault.started <= call.ended and call.started <= fault.ended + _AFTER_FAULT_SECONDS
