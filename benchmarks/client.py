"""The API as the benchmark uses it: an account, recipients, and the requests to be sent."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from benchmarks.load import Kind
from benchmarks.processes import payouts_command

_PAYOUTS = "/api/payouts/"
_DIGITS = "@" * 12


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Client:
    url: str
    token: str

    @classmethod
    def of(cls, url: str, **environment: str) -> "Client":
        """Make a token in the database that the environment names."""
        return cls(url, payouts_command("token", "bench", "--staff", **environment))

    def ask(self, kind: Kind, number: int = 0) -> Answer:
        kind = kind.numbered(number)
        request = Request(  # noqa: S310  an address of our own
            f"{self.url}{kind.path}",
            method=kind.method,
            data=kind.body.encode() or None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return Answer(answer.status, json.loads(answer.read()))

    def make_recipient(self) -> int:
        details = {"type": "BUSINESS", "name": "Benchmark Ltd", "account_number": "BENCH-0001"}
        return int(self.ask(Kind("POST", "/api/recipients/", json.dumps(details))).body["id"])


def new_payouts(recipient_id: int) -> Kind:
    """Each request is a payout of its own; no other run has used its key."""
    return Kind("POST", _PAYOUTS, _order(recipient_id, f"{uuid4().hex}-{_DIGITS}"))


def same_payout(recipient_id: int) -> Kind:
    """The first request makes a payout, all others ask for it again."""
    return Kind("POST", _PAYOUTS, _order(recipient_id, uuid4().hex))


def first_page() -> Kind:
    return Kind("GET", _PAYOUTS)


def first_page_anew() -> Kind:
    """The same rows by the same index, under addresses that no cache can have seen.

    All times are years after the newest payout; each run has a second of its own.
    """
    second = uuid4().int % 86_400
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return Kind("GET", f"{_PAYOUTS}?created_before=2100-01-01T{clock}.@@@@@@Z")


def one_payout(payout_id: int) -> Kind:
    return Kind("GET", f"{_PAYOUTS}{payout_id}/")


def _order(recipient_id: int, key: str) -> str:
    order = {
        "recipient_id": recipient_id,
        "amount": "10.00",
        "currency": "USD",
        "idempotency_key": key,
    }
    return json.dumps(order, separators=(",", ":"))
