"""The records of a run: tables, the bank's ledger and request log, client calls and faults."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any, Self
from urllib.request import Request, urlopen

import psycopg
from psycopg.rows import dict_row

from chaos.client_records import ClientRecords
from chaos.fault_injector import InjectedFault
from chaos.stack import Stack
from chaos.webhook_receiver import ReceivedRequest
from chaos.workload import PlannedPayout

Row = Mapping[str, Any]
type Period = tuple[datetime, datetime]

_PAYOUTS = """
SELECT id, idempotency_key, reference, status, needs_review, attempt, amount, currency,
    account_number_snapshot AS account, created_at, updated_at
FROM payouts_payout ORDER BY id
"""
_EVENTS = """
SELECT id, payout_id, type, at, from_status, to_status, reason FROM payouts_event ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Transfer:
    """An entry of the bank's ledger: money that moved."""

    reference: str
    amount: Decimal
    currency: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecords:
    """`bank_requests` counts the requests that the bank logged, by reference and HTTP method.

    `feed` are the events that a client read, `webhooks` the requests that a receiver got.

    `load_started` and `load_ended` limit the time in which clients created payouts; they and the
    times of clients and faults are of the monotonic clock, all others are calendar times.
    """

    planned: Mapping[str, PlannedPayout]
    clients: ClientRecords
    faults: Sequence[InjectedFault]
    load_started: float
    load_ended: float
    payouts: Sequence[Row]
    events: Sequence[Row]
    ledger: Sequence[Transfer]
    bank_requests: Mapping[tuple[str, str], int]
    webhooks: Sequence[ReceivedRequest]
    ended_at: datetime
    clock_offset: timedelta

    @classmethod
    def collect(
        cls,
        stack: Stack,
        *,
        planned: Sequence[PlannedPayout],
        clients: ClientRecords,
        faults: Sequence[InjectedFault],
        webhooks: Sequence[ReceivedRequest],
        load: tuple[float, float],
    ) -> Self:
        with psycopg.connect(stack.stores.database_url, row_factory=dict_row) as database:
            payouts = database.execute(_PAYOUTS).fetchall()
            events = database.execute(_EVENTS).fetchall()
        now, (load_started, load_ended) = datetime.now(UTC), load
        return cls(
            planned={each.key: each for each in planned},
            clients=clients,
            faults=faults,
            load_started=load_started,
            load_ended=load_ended,
            payouts=payouts,
            events=events,
            ledger=_read_ledger(stack),
            bank_requests=Counter(_read_request_log(stack.log("bank"))),
            webhooks=webhooks,
            ended_at=now,
            clock_offset=now - datetime.fromtimestamp(monotonic(), UTC),
        )

    @property
    def feed(self) -> Sequence[Row]:
        return self.clients.events

    def period(self, started: float, ended: float) -> Period:
        """Turn times of the monotonic clock into calendar times."""
        return self._at(started), self._at(ended)

    def unfinished_periods(self) -> dict[int, Period]:
        """Return from when to when each payout was NEW, or PROCESSING and not in review."""
        ends = {
            event["payout_id"]: event["at"]
            for event in reversed(self.events)
            if event["to_status"] in {"COMPLETED", "FAILED"}
            or event["type"] == "payout.needs_review"
        }
        return {
            payout["id"]: (payout["created_at"], ends.get(payout["id"], self.ended_at))
            for payout in self.payouts
        }

    def _at(self, moment: float) -> datetime:
        return datetime.fromtimestamp(moment, UTC) + self.clock_offset


def overlaps(period: Period, others: Sequence[Period]) -> bool:
    return any(started <= period[1] and period[0] <= ended for started, ended in others)


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


def _read_request_log(log: Path) -> Iterator[tuple[str, str]]:
    """Yield the reference and the HTTP method of each request that the bank has handled."""
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("{") and '"request.handled"' in line:
            entry = json.loads(line)
            if reference := entry.get("reference"):
                yield reference, entry["method"]
