"""What is known when a run is over: the tables, the bank's ledger, and what clients were told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any, Self
from urllib.request import Request, urlopen

import psycopg
from psycopg.rows import dict_row

from chaos.load import Told
from chaos.orders import Order
from chaos.stack import Stack
from chaos.storm import Strike

Row = Mapping[str, Any]

_PAYOUTS = """
SELECT id, idempotency_key, reference, status, needs_review, amount, currency,
    account_number_snapshot AS account, created_at, updated_at
FROM payouts_payout ORDER BY id
"""
_EVENTS = "SELECT payout_id, type, at, from_status, to_status FROM payouts_event ORDER BY id"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A line of the bank's ledger: money moved."""

    reference: str
    amount: Decimal
    currency: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    orders: Mapping[str, Order]
    told: Told
    strikes: Sequence[Strike]
    payouts: Sequence[Row]
    events: Sequence[Row]
    ledger: Sequence[Transfer]
    # What turns a time of the monotonic clock into one of the calendar.
    epoch: datetime

    @classmethod
    def collect(
        cls, stack: Stack, *, orders: Sequence[Order], told: Told, strikes: Sequence[Strike]
    ) -> Self:
        with psycopg.connect(stack.stores.database_url, row_factory=dict_row) as database:
            payouts = database.execute(_PAYOUTS).fetchall()
            events = database.execute(_EVENTS).fetchall()
        return cls(
            orders={order.key: order for order in orders},
            told=told,
            strikes=strikes,
            payouts=payouts,
            events=events,
            ledger=_read_ledger(stack),
            epoch=datetime.now(UTC) - timedelta(seconds=monotonic()),
        )

    def at(self, moment: float) -> datetime:
        return self.epoch + timedelta(seconds=moment)


def _read_ledger(stack: Stack) -> list[Transfer]:
    token = stack.environment["BANK_TOKEN"]
    request = Request(  # noqa: S310  our own address
        f"{stack.bank_url}/v1/ledger", headers={"Authorization": f"Bearer {token}"}
    )
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        entries = json.load(answer)["transfers"]
    return [
        Transfer(entry["reference"], Decimal(entry["amount"]), entry["currency"], entry["account"])
        for entry in entries
    ]
