"""Clients that send the orders, retry as one should, and note all that they are told."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import aiohttp

from chaos.orders import Order

REQUEST_LIMIT_SECONDS = 20
GIVE_UP_SECONDS = 120
_RETRY_SECONDS = (0.1, 0.7)
_PAGE_SIZE = 100
_WATCH_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what came of it; `status` is None if no whole answer came."""

    started: float
    ended: float
    what: str
    status: int | None
    error: str = ""


@dataclass(slots=True)
class Told:
    """What clients know. Times are of the monotonic clock."""

    calls: list[Call] = field(default_factory=list)
    ids_by_key: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    reuse_by_key: dict[str, int] = field(default_factory=dict)
    given_up: list[str] = field(default_factory=list)
    unseen: list[tuple[str, int]] = field(default_factory=list)
    statuses: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Clients:
    session: aiohttp.ClientSession
    told: Told
    recipients: Mapping[str, int]
    random: Random

    async def send_all(self, orders: Sequence[Order], *, rate: float) -> None:
        """Send `rate` orders a second, each on its way by itself."""
        started = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as under_way:
            for order in orders:
                due = started + order.number / rate
                await asyncio.sleep(due - asyncio.get_running_loop().time())
                under_way.create_task(self._send(order))

    async def watch(self) -> None:
        """Read the list again and again, and note each status as it is seen to change."""
        while True:
            status, page = await self.call("watch", "GET", f"/api/payouts/?page_size={_PAGE_SIZE}")
            for payout in page["results"] if status == 200 else ():
                seen = self.told.statuses[payout["id"]]
                if seen[-1:] != [payout["status"]]:
                    seen.append(payout["status"])
            await asyncio.sleep(_WATCH_SECONDS)

    async def _send(self, order: Order) -> None:
        copies = [self._insist(order) for _ in range(order.copies)]
        accepted = [each for each in await asyncio.gather(*copies) if each]
        if not accepted:
            self.told.given_up.append(order.key)
            return
        await self._expect_listed(order, accepted[0])
        if order.then_reuses_key:
            await self._reuse_key(order)

    async def _insist(self, order: Order) -> int | None:
        """Send until it is accepted; return the payout's id."""
        body = self._body(order)
        ends_at = monotonic() + GIVE_UP_SECONDS
        while monotonic() < ends_at:
            status, answer = await self.call("create", "POST", "/api/payouts/", body)
            if status in {200, 201}:
                self.told.ids_by_key[order.key].append((status, answer["id"]))
                return int(answer["id"])
            await asyncio.sleep(self.random.uniform(*_RETRY_SECONDS))
        return None

    async def _reuse_key(self, order: Order) -> None:
        """Ask for one more cent under the same key."""
        other = self._body(order) | {"amount": f"{float(order.amount) + 0.01:.2f}"}
        ends_at = monotonic() + GIVE_UP_SECONDS
        while monotonic() < ends_at:
            status, _ = await self.call("reuse", "POST", "/api/payouts/", other)
            if status is not None and status < 500:
                self.told.reuse_by_key[order.key] = status
                return
            await asyncio.sleep(self.random.uniform(*_RETRY_SECONDS))

    async def _expect_listed(self, order: Order, payout_id: int) -> None:
        """Read the list after the answer to the write: it has to show the payout."""
        by_key = self.random.random() < 0.5
        query = f"idempotency_key={order.key}" if by_key else f"page_size={_PAGE_SIZE}"
        status, page = await self.call("list", "GET", f"/api/payouts/?{query}")
        if status != 200:
            return
        ids = [payout["id"] for payout in page["results"]]
        # On a full page of newer ones it may rightly be missing.
        is_pushed_out = len(ids) == _PAGE_SIZE and min(ids) > payout_id
        if payout_id not in ids and not is_pushed_out:
            self.told.unseen.append((order.key, payout_id))

    def _body(self, order: Order) -> dict[str, Any]:
        return {
            "recipient_id": self.recipients[order.behaviour],
            "amount": order.amount,
            "currency": order.currency,
            "idempotency_key": order.key,
        }

    async def call(
        self, what: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int | None, Any]:
        started = monotonic()
        status, answer, error = None, None, ""
        try:
            async with self.session.request(method, path, json=body) as response:
                answer = await response.json(content_type=None)
                status = response.status
        except (TimeoutError, aiohttp.ClientError) as broken:
            error = type(broken).__name__
        self.told.calls.append(Call(started, monotonic(), what, status, error))
        return status, answer


def open_session(*, base_url: str, token: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=aiohttp.ClientTimeout(total=REQUEST_LIMIT_SECONDS),
        connector=aiohttp.TCPConnector(limit=64),
    )
