"""API clients that create the payouts, retry until they are answered, and record every answer."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from chaos.client_records import ApiCall, ClientRecords
from chaos.workload import PlannedPayout

REQUEST_TIMEOUT_SECONDS = 20
RETRY_LIMIT_SECONDS = 120
_RETRY_DELAY_SECONDS = (0.1, 0.7)
_PAGE_SIZE = 100
_WATCH_INTERVAL_SECONDS = 0.25
# The fields of a payout that may change. Answers must agree about all others.
_MUTABLE_FIELDS = frozenset(
    {"status", "updated_at", "failure_code", "failure_reason", "needs_review", "returned_at"}
)


@dataclass(frozen=True, slots=True)
class Clients:
    session: aiohttp.ClientSession
    records: ClientRecords
    recipients: Mapping[str, int]
    random: Random

    async def create_all(self, payouts: Sequence[PlannedPayout], *, rate: float) -> None:
        """Start to create `rate` payouts a second; wait until all are answered."""
        started = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for payout in payouts:
                due = started + payout.number / rate
                await asyncio.sleep(due - asyncio.get_running_loop().time())
                tasks.create_task(self._create_and_check(payout))

    async def watch_list(self) -> None:
        """Read the list repeatedly and record each status change that it shows."""
        while True:
            path = f"/api/payouts/?page_size={_PAGE_SIZE}"
            status, page = await self.call("watch list", "GET", path)
            for payout in page["results"] if status == 200 else ():
                self._record(payout)
                seen = self.records.statuses[payout["id"]]
                if seen[-1:] != [payout["status"]]:
                    seen.append(payout["status"])
            await asyncio.sleep(_WATCH_INTERVAL_SECONDS)

    async def follow_events(self) -> None:
        """Read the feed, and go on from `next` for ever."""
        path = f"/api/events/?page_size={_PAGE_SIZE}"
        while True:
            status, page = await self.call("follow events", "GET", path)
            if status == 200:
                self.records.events += page["results"]
                following = urlsplit(page["next"])
                path = f"{following.path}?{following.query}"
            await asyncio.sleep(_WATCH_INTERVAL_SECONDS)

    async def _create_and_check(self, payout: PlannedPayout) -> None:
        copies = [self._create(payout) for _ in range(payout.concurrent_copies)]
        accepted = [each for each in await asyncio.gather(*copies) if each]
        if len(accepted) < payout.concurrent_copies:
            self.records.unanswered.add(payout.key)
        if not accepted:
            return
        await self._read_list(payout, accepted[0])
        await self._read_one(accepted[0])
        if payout.reuses_key:
            await self._reuse_key(payout)

    async def _create(self, payout: PlannedPayout) -> int | None:
        """Retry until the payout is accepted; return its id."""
        body = self._body(payout)
        ends_at = monotonic() + RETRY_LIMIT_SECONDS
        while monotonic() < ends_at:
            status, answer = await self.call("create", "POST", "/api/payouts/", body)
            if status in {200, 201}:
                self.records.created[payout.key].append((status, answer["id"]))
                self._record(answer)
                return int(answer["id"])
            await asyncio.sleep(self.random.uniform(*_RETRY_DELAY_SECONDS))
        return None

    async def _reuse_key(self, payout: PlannedPayout) -> None:
        """Request one cent more under the same key."""
        other = self._body(payout) | {"amount": f"{float(payout.amount) + 0.01:.2f}"}
        ends_at = monotonic() + RETRY_LIMIT_SECONDS
        while monotonic() < ends_at:
            status, _ = await self.call("reuse key", "POST", "/api/payouts/", other)
            if status is not None and status < 500:
                self.records.reused[payout.key] = status
                return
            await asyncio.sleep(self.random.uniform(*_RETRY_DELAY_SECONDS))

    async def _read_list(self, payout: PlannedPayout, payout_id: int) -> None:
        """Read a list after the create was answered: the list must contain the payout."""
        by_key = self.random.random() < 0.5
        query = f"idempotency_key={payout.key}" if by_key else f"page_size={_PAGE_SIZE}"
        status, page = await self.call("list", "GET", f"/api/payouts/?{query}")
        if status != 200:
            return
        for each in page["results"]:
            self._record(each)
        ids = [each["id"] for each in page["results"]]
        # A full page of newer payouts does not contain it.
        is_on_a_later_page = len(ids) == _PAGE_SIZE and min(ids) > payout_id
        if payout_id not in ids and not is_on_a_later_page:
            self.records.not_listed.append((payout.key, payout_id))

    async def _read_one(self, payout_id: int) -> None:
        status, payout = await self.call("get", "GET", f"/api/payouts/{payout_id}/")
        if status == 200:
            self._record(payout)

    def _record(self, payout: Mapping[str, Any]) -> None:
        immutable = {name: payout[name] for name in payout.keys() - _MUTABLE_FIELDS}
        self.records.immutable_fields[payout["id"]].add(json.dumps(immutable, sort_keys=True))

    def _body(self, payout: PlannedPayout) -> dict[str, Any]:
        return {
            "recipient_id": self.recipients[payout.behaviour],
            "amount": payout.amount,
            "currency": payout.currency,
            "idempotency_key": payout.key,
        }

    async def call(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int | None, Any]:
        """Return the HTTP status and the parsed body; both None if no complete response came."""
        started = monotonic()
        status, answer, error = None, None, ""
        try:
            async with self.session.request(method, path, json=body) as response:
                answer = await response.json(content_type=None)
                status = response.status
        except (TimeoutError, aiohttp.ClientError) as failure:
            error = type(failure).__name__
        self.records.calls.append(ApiCall(started, monotonic(), name, status, error))
        return status, answer


def open_session(*, base_url: str, token: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_SECONDS),
        connector=aiohttp.TCPConnector(limit=64),
    )
