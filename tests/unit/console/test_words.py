"""What a payout waits for, in words."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.samples import NOON

from payouts.adapters.database.payout_search import PayoutRow
from payouts.domain.payout import Deferral
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.console.payouts.words import explain, is_stuck

MINUTE = timedelta(minutes=1)


def a_row(**fields: Any) -> PayoutRow:
    given: dict[str, Any] = {
        "id": 1,
        "reference": "0" * 32,
        "idempotency_key": "key-number-1",
        "recipient_id": 1,
        "amount": Decimal(10),
        "currency": "USD",
        "minor_units": 2,
        "recipient_name_snapshot": "Ann Example",
        "account_number_snapshot": "GB29NWBK60161331926819",
        "bank_code_snapshot": "",
        "remittance_information": "",
        "status": PayoutStatus.NEW,
        "failure_code": "",
        "failure_reason": "",
        "needs_review": False,
        "attempt": 0,
        "deferral": Deferral.NONE,
        "next_attempt_at": NOON,
        "lease_expires_at": None,
        "created_at": NOON,
        "updated_at": NOON,
        "completed_at": None,
        "returned_at": None,
        "deleted_at": None,
        "read_at": NOON + MINUTE,
    }
    return PayoutRow(**given | fields)


PROCESSING = replace(
    a_row(),
    status=PayoutStatus.PROCESSING,
    attempt=3,
    deferral=Deferral.PENDING,
    next_attempt_at=NOON + 5 * MINUTE,
)
FAILED = replace(a_row(), status=PayoutStatus.FAILED, next_attempt_at=None)


def time_of_day(at: datetime) -> str:
    return f"{at:%H:%M}"


def explained(row: PayoutRow) -> str:
    return explain(row, show=time_of_day)


class TestExplain:
    @pytest.mark.parametrize(
        ("row", "text"),
        [
            (a_row(), "Waiting for a worker since 12:00"),
            (a_row(next_attempt_at=NOON + 9 * MINUTE), "Is sent from 12:09 on"),
            (a_row(next_attempt_at=None), "Is not to be sent"),
            (a_row(deleted_at=NOON), "Deleted 12:00"),
            (
                PROCESSING,
                "Waiting for the bank's answer since 12:00; asked 3 times; next at 12:05",
            ),
            (
                replace(PROCESSING, deferral=Deferral.UNKNOWN, next_attempt_at=NOON),
                "No clear answer from the bank; asked 3 times; due since 12:00",
            ),
            (
                replace(PROCESSING, attempt=1, lease_expires_at=NOON + 2 * MINUTE),
                "Asking the bank now; asked once",
            ),
            (
                replace(PROCESSING, attempt=1, deferral=Deferral.NONE, lease_expires_at=NOON),
                "A worker stopped before it recorded the bank's answer; asked once; next at 12:05",
            ),
            (
                replace(PROCESSING, needs_review=True, next_attempt_at=None, attempt=8),
                "Needs a person: no clear answer from the bank; asked 8 times",
            ),
            (
                replace(PROCESSING, deferral=Deferral.MANUAL, next_attempt_at=None),
                "A person handles it since 12:00",
            ),
            (replace(FAILED, failure_code="AC04", failure_reason="x"), "Closed account (AC04)"),
            (replace(FAILED, failure_code="NARR", failure_reason="Sent twice"), "Sent twice"),
            (replace(FAILED, failure_code="NARR"), "No reason was given"),
            (replace(FAILED, failure_code="ZZ99", failure_reason="Odd"), "Odd (ZZ99)"),
            (replace(FAILED, failure_code="ZZ99"), "ZZ99"),
            (
                replace(FAILED, status=PayoutStatus.COMPLETED, completed_at=NOON),
                "Paid 12:00",
            ),
            (
                replace(FAILED, status=PayoutStatus.COMPLETED, returned_at=NOON),
                "The bank sent the money back; known since 12:00",
            ),
        ],
    )
    def test_says_what_it_waits_for_or_how_it_ended(self, row: PayoutRow, text: str) -> None:
        assert explained(row) == text

    @pytest.mark.parametrize("deferral", Deferral)
    def test_has_words_for_each_deferral(self, deferral: Deferral) -> None:
        assert "next at 12:05" in explained(replace(PROCESSING, deferral=deferral))

    def test_knows_what_somebody_should_look_at(self) -> None:
        assert is_stuck(replace(PROCESSING, needs_review=True))
        assert is_stuck(a_row(read_at=NOON + 6 * MINUTE))
        assert not is_stuck(a_row(read_at=NOON + 4 * MINUTE))
        assert not is_stuck(PROCESSING)
        assert not is_stuck(FAILED)
        assert not is_stuck(a_row(read_at=NOON + 6 * MINUTE, deleted_at=NOON))
