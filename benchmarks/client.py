"""A client of the API: its token, its recipients, and the requests that it sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

from benchmarks.load import Template
from benchmarks.processes import payouts_command
from benchmarks.services import Web

_PAYOUTS = "/api/payouts/"
_PLACEHOLDER = "@" * 12
PAGE_SIZE = 20
_MAX_PAGE_SIZE = 100
_FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
_NO_FILTERS: Mapping[str, str] = MappingProxyType({})


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
        """Create a token in the database that the environment names."""
        return cls(web.url, payouts_command("token", "bench", "--staff", **environment))

    def send(self, template: Template, number: int = 0) -> Answer:
        template = template.numbered(number)
        request = Request(  # noqa: S310  an address of our own
            f"{self.url}{template.path}",
            method=template.method,
            data=template.body.encode() or None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return Answer(answer.status, json.loads(answer.read()))

    def create_recipient(self) -> int:
        details = {"type": "BUSINESS", "name": "Benchmark Ltd", "account_number": "BENCH-0001"}
        template = Template("POST", "/api/recipients/", json.dumps(details))
        return int(self.send(template).body["id"])

    def page_cursor(self, number: int) -> str:
        """Follow the list to the page of this number; return its cursor."""
        rows, cursor = (number - 1) * PAGE_SIZE, ""
        while rows:
            size = min(rows, _MAX_PAGE_SIZE)
            path = f"{_PAYOUTS}?page_size={size}" + (f"&cursor={cursor}" if cursor else "")
            following = self.send(Template("GET", path)).body["next"]
            [cursor] = parse_qs(urlsplit(following).query)["cursor"]
            rows -= size
        return cursor


def new_payouts(recipient_id: int) -> Template:
    """Describe requests that each create a payout, under keys that no other run has used."""
    return Template("POST", _PAYOUTS, _order(recipient_id, f"{_PLACEHOLDER}-{uuid4().hex}"))


def same_payout(recipient_id: int) -> Template:
    """Describe requests of which the first creates a payout and all others replay it."""
    return Template("POST", _PAYOUTS, _order(recipient_id, uuid4().hex))


def first_page() -> Template:
    return Template("GET", _PAYOUTS)


def uncached_page(
    filters: Mapping[str, str] = _NO_FILTERS, *, before: datetime = _FAR_FUTURE
) -> Template:
    """Describe pages that no cache holds, since each asks for payouts before another time.

    By default the times are years after the newest payout, so the rows are those of the plain page.
    """
    at = before + timedelta(seconds=uuid4().int % 86_400)
    query = "".join(f"&{name}={quote(value)}" for name, value in filters.items())
    return Template("GET", f"{_PAYOUTS}?created_before={at:%Y-%m-%dT%H:%M:%S}.@@@@@@Z{query}")


def one_payout(payout_id: int) -> Template:
    return Template("GET", f"{_PAYOUTS}{payout_id}/")


def _order(recipient_id: int, key: str) -> str:
    order = {
        "recipient_id": recipient_id,
        "amount": "10.00",
        "currency": "USD",
        "idempotency_key": key,
    }
    return json.dumps(order, separators=(",", ":"))
