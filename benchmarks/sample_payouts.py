"""Payouts as months of use would leave them, as lines for COPY. Equal sizes give equal rows.

About 98 of 100 payouts are COMPLETED and 2 FAILED. The same number is open at every size: the
newest are due, some are deferred, and a few need review.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

RECIPIENTS = 3_000
# Receives every 50th payout, at every size.
FREQUENT_RECIPIENT = 1
DUE, DEFERRED, NEED_REVIEW = 500, 100, 40
SPREAD = timedelta(days=180)
MIN_PAYOUTS = 1_000

_NULL = "\\N"
# Odd factors, so that each number becomes another 128 bits.
_REFERENCE_FACTOR = 0x9E3779B97F4A7C15F39CC0605CEDC835
_KEY_FACTOR = 0xC2B2AE3D27D4EB4F165667B19E3779F9
_BITS = (1 << 128) - 1
_CURRENCIES = ("USD",) * 5 + ("EUR",) * 4 + ("UAH",)

RECIPIENT_COLUMNS = (
    "id, type, name, account_number, bank_code, country, is_active, created_at, updated_at,"
    " external_id"
)
PAYOUT_COLUMNS = (
    "id, reference, idempotency_key, recipient_id, amount, currency, minor_units,"
    " metadata, remittance_information, recipient_name_snapshot, account_number_snapshot,"
    " bank_code_snapshot, status, failure_code, failure_reason, needs_review, attempt,"
    " open_attempts, deferral, pending_count,"
    " next_attempt_at, next_enqueue_at, lease_expires_at, created_at, updated_at, deleted_at"
)
EVENT_COLUMNS = "payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id"


class State(Enum):
    """A payout's status, failure code and reason, deferral, and the type of its last event."""

    COMPLETED = ("COMPLETED", "", "", "", "payout.completed")
    FAILED = ("FAILED", "AC04", "The bank rejected the transfer.", "", "payout.failed")
    DUE = ("NEW", "", "", "", "payout.created")
    DEFERRED = ("PROCESSING", "", "", "PENDING", "payout.deferred")
    NEEDS_REVIEW = ("PROCESSING", "", "", "UNKNOWN", "payout.needs_review")


@dataclass(frozen=True, slots=True)
class SamplePayouts:
    """`count` payouts over the 180 days before `until`."""

    count: int
    until: datetime

    def key(self, payout_id: int) -> str:
        """Return the idempotency key of a payout."""
        return f"{payout_id * _KEY_FACTOR & _BITS:032x}"

    def middle(self) -> datetime:
        return self.until - SPREAD / 2

    def recipient_lines(self) -> Iterator[str]:
        at = self.until - SPREAD
        for id_ in range(1, RECIPIENTS + 1):
            kind = "INDIVIDUAL" if id_ % 3 else "BUSINESS"
            yield f"{id_}\t{kind}\t{_name(id_)}\t{_account(id_)}\t\tGB\tt\t{at}\t{at}\t\n"

    def payout_lines(self) -> Iterator[str]:
        for id_ in range(1, self.count + 1):
            state, at = self._state(id_), self._created_at(id_)
            status, code, reason, deferral, _ = state.value
            recipient_id = FREQUENT_RECIPIENT if id_ % 50 == 0 else id_ * 7919 % RECIPIENTS + 1
            due = at if state is State.DUE else at + timedelta(days=30)
            due_at = due if state in {State.DUE, State.DEFERRED} else _NULL
            attempts = state is not State.DUE
            yield (
                f"{id_}\t{_reference(id_, at)}\t{self.key(id_)}\t{recipient_id}\t"
                f"{id_ * 31 % 99_000 + 1_000}.{id_ % 100:02}\t{_CURRENCIES[id_ // 7 % 10]}\t2\t"
                f"{{}}\t\t{_name(recipient_id)}\t{_account(recipient_id)}\t\t{status}\t{code}\t{reason}\t"
                f"{'t' if state is State.NEEDS_REVIEW else 'f'}\t{attempts:d}\t"
                f"{1 if deferral else 0}\t{deferral}\t{deferral == 'PENDING':d}\t"
                f"{due_at}\t{due_at}\t{_NULL}\t"
                f"{at}\t{at}\t{_NULL}\n"
            )

    def event_lines(self) -> Iterator[str]:
        for id_ in range(1, self.count + 1):
            state, at = self._state(id_), self._created_at(id_)
            request = f"{id_ * _KEY_FACTOR + id_ & _BITS:032x}"
            yield f"{id_}\tpayout.created\t{at}\tshop\t\tNEW\t\t0\t{request}\n"
            if state is State.DUE:
                continue
            status, *_, last = state.value
            change = f"PROCESSING\t{status}" if status != "PROCESSING" else "\t"
            yield f"{id_}\tpayout.claimed\t{at}\tsystem\tNEW\tPROCESSING\t\t1\t{request}\n"
            yield f"{id_}\t{last}\t{at}\tsystem\t{change}\t\t1\t{request}\n"

    def _state(self, id_: int) -> State:
        age = self.count - id_
        if age < DUE:
            return State.DUE
        if age < DUE + DEFERRED:
            return State.DEFERRED
        if id_ % (self.count // NEED_REVIEW) == 0:
            return State.NEEDS_REVIEW
        return State.FAILED if id_ % 50 == 7 else State.COMPLETED

    def _created_at(self, id_: int) -> datetime:
        return self.until - SPREAD * ((self.count - id_) / self.count)


def _reference(id_: int, at: datetime) -> str:
    """Return a reference that rises with time, as those of the service do."""
    return f"{int(at.timestamp() * 1000) << 80 | id_ * _REFERENCE_FACTOR & _BITS >> 48:032x}"


def _name(recipient_id: int) -> str:
    return f"Recipient {recipient_id:04} Trading"


def _account(recipient_id: int) -> str:
    return f"GB29NWBK{recipient_id * 7_919_993 % 10**14:014}"
