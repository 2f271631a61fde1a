"""Payouts as months of use would leave them, as lines for COPY. The same numbers, the same rows.

About 98 of 100 have COMPLETED and 2 have FAILED. However many there are, as many are open: the
newest ones wait for a worker, some were deferred, and a few here and there need review.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

RECIPIENTS = 3_000
# Each 50th payout is theirs, whatever is the size.
BEST_RECIPIENT = 1
DUE, DEFERRED, NEED_REVIEW = 500, 100, 40
SPREAD = timedelta(days=180)
MIN_PAYOUTS = 1_000

_NULL = "\\N"
# Odd, so that each number gets another 128 bits.
_SCATTER, _SCATTER_KEYS = 0x9E3779B97F4A7C15F39CC0605CEDC835, 0xC2B2AE3D27D4EB4F165667B19E3779F9
_BITS = (1 << 128) - 1
_CURRENCIES = ("USD",) * 5 + ("EUR",) * 4 + ("UAH",)

RECIPIENT_COLUMNS = (
    "id, type, name, account_number, bank_code, country, is_active, created_at, updated_at"
)
PAYOUT_COLUMNS = (
    "id, reference, idempotency_key, recipient_id, amount, currency, minor_units,"
    " recipient_name_snapshot, account_number_snapshot, bank_code_snapshot, status, failure_code,"
    " failure_reason, needs_review, attempt, open_attempts, deferral, next_attempt_at,"
    " next_ring_at, lease_expires_at, created_at, updated_at, deleted_at"
)
EVENT_COLUMNS = "payout_id, type, at, actor, from_status, to_status, reason, attempt, request_id"


class End(Enum):
    """What has become of a payout: status, failure code and reason, deferral, its last event."""

    COMPLETED = ("COMPLETED", "", "", "", "payout.completed")
    FAILED = ("FAILED", "AC04", "The bank rejected the transfer.", "", "payout.failed")
    DUE = ("NEW", "", "", "", "payout.created")
    DEFERRED = ("PROCESSING", "", "", "PENDING", "payout.deferred")
    NEEDS_REVIEW = ("PROCESSING", "", "", "UNKNOWN", "payout.needs_review")


@dataclass(frozen=True, slots=True)
class Book:
    """So many payouts, the newest of them made at `until`."""

    payouts: int
    until: datetime

    def key(self, payout_id: int) -> str:
        """Return the idempotency key of a payout."""
        return f"{payout_id * _SCATTER_KEYS & _BITS:032x}"

    def middle(self) -> datetime:
        return self.until - SPREAD / 2

    def recipients(self) -> Iterator[str]:
        at = self.until - SPREAD
        for id_ in range(1, RECIPIENTS + 1):
            kind = "INDIVIDUAL" if id_ % 3 else "BUSINESS"
            yield f"{id_}\t{kind}\t{_name(id_)}\t{_account(id_)}\t\tGB\tt\t{at}\t{at}\n"

    def payout_lines(self) -> Iterator[str]:
        for id_ in range(1, self.payouts + 1):
            end, at = self._end(id_), self._made_at(id_)
            status, code, reason, deferral, _ = end.value
            recipient_id = BEST_RECIPIENT if id_ % 50 == 0 else id_ * 7919 % RECIPIENTS + 1
            due = at if end is End.DUE else at + timedelta(days=30)
            due_at = due if end in {End.DUE, End.DEFERRED} else _NULL
            attempts = end is not End.DUE
            yield (
                f"{id_}\t{_reference(id_, at)}\t{self.key(id_)}\t{recipient_id}\t"
                f"{id_ * 31 % 99_000 + 1_000}.{id_ % 100:02}\t{_CURRENCIES[id_ // 7 % 10]}\t2\t"
                f"{_name(recipient_id)}\t{_account(recipient_id)}\t\t{status}\t{code}\t{reason}\t"
                f"{'t' if end is End.NEEDS_REVIEW else 'f'}\t{attempts:d}\t"
                f"{1 if deferral else 0}\t{deferral}\t{due_at}\t{due_at}\t{_NULL}\t"
                f"{at}\t{at}\t{_NULL}\n"
            )

    def event_lines(self) -> Iterator[str]:
        for id_ in range(1, self.payouts + 1):
            end, at = self._end(id_), self._made_at(id_)
            request = f"{id_ * _SCATTER_KEYS + id_ & _BITS:032x}"
            yield f"{id_}\tpayout.created\t{at}\tshop\t\tNEW\t\t0\t{request}\n"
            if end is End.DUE:
                continue
            status, *_, last = end.value
            moved = f"PROCESSING\t{status}" if status != "PROCESSING" else "\t"
            yield f"{id_}\tpayout.claimed\t{at}\tsystem\tNEW\tPROCESSING\t\t1\t{request}\n"
            yield f"{id_}\t{last}\t{at}\tsystem\t{moved}\t\t1\t{request}\n"

    def _end(self, id_: int) -> End:
        age = self.payouts - id_
        if age < DUE:
            return End.DUE
        if age < DUE + DEFERRED:
            return End.DEFERRED
        if id_ % (self.payouts // NEED_REVIEW) == 0:
            return End.NEEDS_REVIEW
        return End.FAILED if id_ % 50 == 7 else End.COMPLETED

    def _made_at(self, id_: int) -> datetime:
        return self.until - SPREAD * ((self.payouts - id_) / self.payouts)


def _reference(id_: int, at: datetime) -> str:
    """Rising with time, as the service's own."""
    return f"{int(at.timestamp() * 1000) << 80 | id_ * _SCATTER & _BITS >> 48:032x}"


def _name(recipient_id: int) -> str:
    return f"Recipient {recipient_id:04} Trading"


def _account(recipient_id: int) -> str:
    return f"GB29NWBK{recipient_id * 7_919_993 % 10**14:014}"
