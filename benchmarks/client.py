"""The API as the benchmark uses it: an account, recipients, and the requests to be sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

from benchmarks.load import Kind
from benchmarks.processes import Web, payouts_command

_PAYOUTS = "/api/payouts/"
_DIGITS = "@" * 12
PAGE_SIZE = 20
_LARGEST_PAGE = 100
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Client:
    url: str
    token: str

    @classmethod
    def of(cls, web: Web, **environment: str) -> "Client":
        """Make a token in the database that the environment names."""
        return cls(web.url, payouts_command("token", "bench", "--staff", **environment))

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

    def page_cursor(self, number: int) -> str:
        """Go through the list, as fast as it lets one, to the cursor of a page of 20 rows."""
        rows, cursor = (number - 1) * PAGE_SIZE, ""
        while rows:
            size = min(rows, _LARGEST_PAGE)
            address = f"{_PAYOUTS}?page_size={size}" + (f"&cursor={cursor}" if cursor else "")
            following = self.ask(Kind("GET", address)).body["next"]
            [cursor] = parse_qs(urlsplit(following).query)["cursor"]
            rows -= size
        return cursor


def new_payouts(recipient_id: int) -> Kind:
    """Each request is a payout of its own; no other run has used its key."""
    return Kind("POST", _PAYOUTS, _order(recipient_id, f"{_DIGITS}-{uuid4().hex}"))


def same_payout(recipient_id: int) -> Kind:
    """The first request makes a payout, all others ask for it again."""
    return Kind("POST", _PAYOUTS, _order(recipient_id, uuid4().hex))


def first_page() -> Kind:
    return Kind("GET", _PAYOUTS)


def page_anew(filters: Mapping[str, str] = _NONE, *, before: datetime = NEVER) -> Kind:
    """A page under addresses that no cache can have seen: each is of payouts before another time.

    Without `before`, the times are years after the newest payout, so that the rows are those of
    the plain page, by the same index. Each run takes times of its own, within a day.
    """
    at = before + timedelta(seconds=uuid4().int % 86_400)
    query = "".join(f"&{name}={quote(value)}" for name, value in filters.items())
    return Kind("GET", f"{_PAYOUTS}?created_before={at:%Y-%m-%dT%H:%M:%S}.@@@@@@Z{query}")


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
